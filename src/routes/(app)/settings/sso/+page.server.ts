import { getApp } from '$lib/server/app.ts';
import { roles } from '$lib/server/auth/permissions.ts';
import { roleWords } from '$lib/server/auth/role-words.ts';
import { OIDC_CALLBACK } from '$lib/server/auth/sso/oidc.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api } }) => ({
	connections: await api.sso.list(),
	roles: roles.map((value) => ({ value, label: roleWords[value].label })),
	callback: getApp().publicUrl + OIDC_CALLBACK
});
