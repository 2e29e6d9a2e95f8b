import { getApp } from '$lib/server/app.ts';
import { OIDC_CALLBACK } from '$lib/server/auth/sso/oidc.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api } }) => ({
	connections: await api.sso.list(),
	callback: getApp().publicUrl + OIDC_CALLBACK
});
