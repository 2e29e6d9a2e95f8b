import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { getApp } from '$lib/server/app.ts';
import { ApiError } from '$lib/server/api/errors.ts';
import { newPassword } from '$lib/server/auth/password.ts';
import { findReset, resetPassword } from '$lib/server/auth/reset.ts';
import type { Actions, PageServerLoad } from './$types';

const tokenSchema = z.object({ token: z.string().max(200).catch('') });
const passwordSchema = z.object({ password: newPassword });

export const load: PageServerLoad = ({ setHeaders }) => {
	setHeaders({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex' });
};

interface Page {
	/** `over`: the link opens nothing any more. `done`: the new password is set. */
	state: 'asking' | 'done' | 'over';
	email: string;
	error: string | null;
}

const over: Page = { state: 'over', email: '', error: null };

export const actions: Actions = {
	async open({ request }) {
		const { token } = tokenSchema.parse(Object.fromEntries(await request.formData()));
		const account = await findReset(getApp(), token);
		if (!account) return fail(404, over);
		return { state: 'asking', email: account.email, error: null } satisfies Page;
	},

	/** Starts no session: the new password is what the sign-in asks for, and the second factor after it. */
	async save({ request, locals }) {
		const app = getApp();
		const fields = Object.fromEntries(await request.formData());
		const { token } = tokenSchema.parse(fields);
		const input = passwordSchema.safeParse(fields);
		const account = await findReset(app, token);
		if (!account) return fail(404, over);
		const page: Page = { state: 'asking', email: account.email, error: null };
		if (!input.success) return fail(400, { ...page, error: input.error.issues[0]?.message ?? null });
		try {
			await resetPassword(app, token, input.data.password, locals.call);
			return { ...page, state: 'done' } satisfies Page;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (error.problem.code === 'input.invalid')
				return fail(error.status, { ...page, error: error.message });
			return fail(error.status, over);
		}
	}
};
