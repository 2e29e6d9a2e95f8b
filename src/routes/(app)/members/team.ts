import type { PageData } from './$types';

export type Member = PageData['team']['members'][number];
export type Invitation = PageData['team']['invitations'][number];
export type RoleChoice = PageData['roles'][number];
export type Role = RoleChoice['role'];

export function labelOf(roles: readonly RoleChoice[], role: Role): string {
	return roles.find((each) => each.role === role)?.label ?? role;
}
