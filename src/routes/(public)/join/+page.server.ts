import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { getApp } from '$lib/server/app.ts';
import { ApiError } from '$lib/server/api/errors.ts';
import { roleWords } from '$lib/server/auth/role-words.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { endSession } from '$lib/server/auth/session.ts';
import { loadSender } from '$lib/server/mail/sender.ts';
import { findInvitation, join, joinSchema } from '$lib/server/members/join.ts';
import type { Actions, PageServerLoad } from './$types';

const tokenSchema = z.object({ token: z.string().max(200).catch('') });

export const load: PageServerLoad = async ({ locals, setHeaders }) => {
	setHeaders({ 'Cache-Control': 'no-store', 'X-Robots-Tag': 'noindex' });
	return {
		workspace: (await loadSender(getApp().pool)).name,
		signedInAs: locals.user?.name ?? null
	};
};

export const actions: Actions = {
	async open({ request }) {
		const { token } = tokenSchema.parse(Object.fromEntries(await request.formData()));
		return (await opened(token)) ?? isOver();
	},

	async accept({ request, cookies, locals }) {
		const app = getApp();
		const fields = Object.fromEntries(await request.formData());
		const { token } = tokenSchema.parse(fields);
		const input = joinSchema.safeParse(fields);
		const page = await opened(token);
		if (!page) return isOver();
		if (!input.success) {
			const { fieldErrors } = z.flattenError(input.error);
			const name = typeof fields['name'] === 'string' ? fields['name'] : '';
			const errors = { name: fieldErrors.name?.[0], password: fieldErrors.password?.[0] };
			return fail(400, { ...page, name, errors });
		}
		const place = { ...locals.call, agent: request.headers.get('user-agent') };
		const cookie = await join(app, token, input.data, place).catch(expected);
		if (cookie instanceof ApiError && cookie.problem.path === '/password')
			return fail(400, {
				...page,
				name: input.data.name,
				errors: { password: cookie.message } as Page['errors']
			});
		if (cookie instanceof ApiError) return fail(cookie.status, { ...noPage, message: cookie.message });
		// Whoever was signed in here before is not the one who accepted.
		if (locals.session) await endSession(app.pool, locals.session.id);
		cookies.set(sessionCookieName(app.publicUrl), cookie, sessionCookieFlags(app.publicUrl));
		redirect(303, '/');
	}
};

interface Page {
	invitation: { email: string; inviter: string | null; role: string; does: string } | null;
	/** Why it can't be accepted. */
	message: string | null;
	name: string;
	errors: { name?: string | undefined; password?: string | undefined };
}

const noPage: Page = { invitation: null, message: null, name: '', errors: {} };

async function opened(token: string): Promise<Page | null> {
	const found = await findInvitation(getApp(), token);
	if (!found) return null;
	const { label, sentence } = roleWords[found.role];
	return {
		...noPage,
		invitation: { email: found.email, inviter: found.inviter, role: label, does: sentence }
	};
}

function isOver() {
	return fail(404, {
		...noPage,
		message:
			'It was accepted already, is older than seven days, or was replaced or revoked. Ask whoever invited you for a new one.'
	});
}

function expected(error: unknown): ApiError {
	if (error instanceof ApiError) return error;
	throw error;
}
