import { isZone } from '$lib/journey/index.ts';
import { getApp } from '$lib/server/app.ts';
import { ApiError } from '$lib/server/api/errors.ts';
import { saveWorkspace, suggestWorkspace } from '$lib/server/api/settings/workspace.ts';
import { createOwner, hasUsers, ownerSchema } from '$lib/server/auth/owner.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { createSession } from '$lib/server/auth/session.ts';
import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import type { Actions, PageServerLoad } from './$types';

const setupSchema = ownerSchema.extend({
	organization: z.string().trim().max(120, 'Use at most 120 characters.').optional(),
	/** The browser's own; a guess that the settings can correct. */
	timezone: z.string().optional()
});

export const load: PageServerLoad = async () => {
	if (await hasUsers(getApp().pool)) redirect(303, '/sign-in');
};

export const actions: Actions = {
	async default({ request, cookies, locals }) {
		const app = getApp();
		const fields = Object.fromEntries(await request.formData());
		const form = setupSchema.safeParse(fields);
		const values = {
			name: text(fields['name']),
			email: text(fields['email']),
			organization: text(fields['organization'])
		};
		if (!form.success) return fail(400, { values, errors: firstErrors(form.error), message: null });
		const { organization, timezone } = form.data;
		const owner = await createOwner(app, form.data, locals.call, async (tx) => {
			if (organization) await saveWorkspace(tx, { name: organization });
			if (timezone && isZone(timezone)) await suggestWorkspace(tx, { timezone });
		}).catch(refused);
		if (owner instanceof ApiError && owner.problem.path === '/password')
			return fail(400, { values, errors: { ...noErrors, password: owner.message }, message: null });
		if (owner instanceof ApiError) return fail(409, { values, errors: noErrors, message: owner.message });
		cookies.set(
			sessionCookieName(app.publicUrl),
			await createSession(
				app.pool,
				{
					userId: owner,
					way: 'password',
					proved: true,
					place: { ip: locals.call.ip, agent: request.headers.get('user-agent') }
				},
				app.clock.now()
			),
			sessionCookieFlags(app.publicUrl)
		);
		redirect(303, '/journeys');
	}
};

type FieldName = 'name' | 'email' | 'password' | 'organization';
type FieldErrors = Partial<Record<FieldName, string>>;

const noErrors: FieldErrors = {};

function firstErrors(error: z.ZodError<z.infer<typeof setupSchema>>): FieldErrors {
	const { fieldErrors } = z.flattenError(error);
	return {
		name: fieldErrors.name?.[0],
		email: fieldErrors.email?.[0],
		password: fieldErrors.password?.[0],
		organization: fieldErrors.organization?.[0]
	};
}

function text(value: FormDataEntryValue | undefined): string {
	return typeof value === 'string' ? value : '';
}

function refused(error: unknown): ApiError {
	if (error instanceof ApiError) return error;
	throw error;
}
