/** Who may do what: one table, deny by default. Every procedure names the permission it needs. */

export type Role = 'owner' | 'marketer' | 'manager' | 'integrator' | 'operator';

export type Permission =
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

const permissionsByRole: Record<Role, readonly Permission[]> = {
	owner: everything,
	marketer: [
		'journeys.read',
		'journeys.edit',
		'journeys.publish',
		'templates.edit',
		'contacts.read',
		'contacts.edit',
		'reports.read',
		'mail.read'
	],
	manager: ['journeys.read', 'reports.read'],
	integrator: ['journeys.read', 'keys.manage', 'events.send'],
	operator: ['settings.manage', 'keys.manage']
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
