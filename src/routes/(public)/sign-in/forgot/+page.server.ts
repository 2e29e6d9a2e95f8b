import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { getApp } from '$lib/server/app.ts';
import { askForReset } from '$lib/server/auth/reset.ts';
import { RateLimited } from '$lib/server/http/rate-limited.ts';
import { findMailSettings } from '$lib/server/mail/settings.ts';
import type { Actions, PageServerLoad } from './$types';

const formSchema = z.object({
	email: z.email('Write an email address, such as you@clinic.example.').max(320)
});

export const load: PageServerLoad = async () => ({
	testMode: (await findMailSettings(getApp().pool)) === undefined
});

export const actions: Actions = {
	/** The same answer to everybody: whether there is such an account is the mailbox's to know. */
	async default({ request, locals, setHeaders }) {
		const fields = Object.fromEntries(await request.formData());
		const form = formSchema.safeParse(fields);
		const email = typeof fields['email'] === 'string' ? fields['email'].trim() : '';
		if (!form.success)
			return fail(400, { email, isAsked: false, error: form.error.issues[0]?.message ?? '' });
		try {
			await askForReset(getApp(), form.data.email, locals.call);
			return { email, isAsked: true, error: null };
		} catch (error) {
			if (!(error instanceof RateLimited)) throw error;
			setHeaders({ 'retry-after': String(error.retryAfter) });
			return fail(429, { email, isAsked: false, error: error.message });
		}
	}
};
