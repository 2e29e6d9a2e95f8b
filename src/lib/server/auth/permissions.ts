/** Who may do what: one table, deny by default. Every procedure names the permission it needs. */

export type Role = 'owner' | 'marketer' | 'manager' | 'integrator' | 'operator';

export type Permission =
	| 'workspace.read'
	| 'journeys.read'
	| 'journeys.edit'
	| 'journeys.publish'
	| 'templates.edit'
	| 'contacts.read'
	| 'contacts.edit'
	| 'reports.read'
	| 'mail.read'
	| 'keys.manage'
	| 'settings.manage'
	| 'events.send';

const everything: readonly Permission[] = [
	'workspace.read',
	'journeys.read',
	'journeys.edit',
	'journeys.publish',
	'templates.edit',
	'contacts.read',
	'contacts.edit',
	'reports.read',
	'mail.read',
	'keys.manage',
	'settings.manage',
	'events.send'
];

/** `workspace.read` is everybody's who signs in: the name of the house, and whether mail leaves it. */
const permissionsByRole: Record<Role, readonly Permission[]> = {
	owner: everything,
	marketer: [
		'workspace.read',
		'journeys.read',
		'journeys.edit',
		'journeys.publish',
		'templates.edit',
		'contacts.read',
		'contacts.edit',
		'reports.read',
		'mail.read'
	],
	manager: ['workspace.read', 'journeys.read', 'reports.read'],
	integrator: ['workspace.read', 'journeys.read', 'keys.manage', 'events.send'],
	operator: ['workspace.read', 'settings.manage', 'keys.manage']
};

/** What an API key may do: send facts in, and nothing that reads a person. */
const permissionsOfKeys: readonly Permission[] = ['events.send'];

/** Whoever makes a call: a signed-in person, or a program with an API key. */
export type Actor =
	{ kind: 'user'; id: number; name: string; role: Role } | { kind: 'key'; id: string; name: string };

export function can(actor: Actor, permission: Permission): boolean {
	const granted = actor.kind === 'key' ? permissionsOfKeys : permissionsByRole[actor.role];
	return granted.includes(permission);
}
