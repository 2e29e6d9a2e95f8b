import { mayAs, roles, type Permission } from '$lib/server/auth/permissions.ts';
import { permissionGroups, permissionWords } from '$lib/server/auth/permission-words.ts';
import { roleWords } from '$lib/server/auth/role-words.ts';
import type { PageServerLoad } from './$types';

const permissions = Object.keys(permissionWords) as Permission[];

/** What each role may do, as `permissions.ts` has it, and who has the role. */
export const load: PageServerLoad = async ({ locals: { api } }) => {
	const { members } = await api.members.list();
	return {
		roles: roles.map((role) => ({
			role,
			...roleWords[role],
			holders: members.flatMap((member) =>
				member.role === role && member.deactivatedAt === null ? [member.name] : []
			)
		})),
		groups: permissionGroups.map((group) => ({
			group,
			permissions: permissions
				.filter((permission) => permissionWords[permission].group === group)
				.map((permission) => {
					const { does, note } = permissionWords[permission];
					return { permission, does, note, by: roles.filter((role) => mayAs(role, permission)) };
				})
		}))
	};
};
