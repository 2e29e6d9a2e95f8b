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
	/** See names and addresses; without it they are masked. */
	| 'contacts.identify'
	/** See one person's health information, for a reason that is recorded. */
	| 'contacts.show'
	/** The same for what a further law protects, such as 42 CFR Part 2. */
	| 'contacts.show-sensitive'
	| 'contacts.export'
	| 'contacts.erase'
	| 'contacts.restrict'
	| 'attributes.manage'
	| 'audit.read'
	| 'keys.rotate'
	| 'reports.read'
	| 'mail.read'
	| 'keys.manage'
	| 'settings.manage'
	| 'events.send'
	/** See what waits for oneself; each task says who may do it. */
	| 'tasks.read'
	/** See how the work stands: processes, queue, what failed. Nobody's health, and no names. */
	| 'operations.read'
	/** Try again what failed, people and jobs. */
	| 'operations.retry';

const everything: readonly Permission[] = [
	'workspace.read',
	'journeys.read',
	'journeys.edit',
	'journeys.publish',
	'templates.edit',
	'contacts.read',
	'contacts.edit',
	'contacts.identify',
	'contacts.show',
	'contacts.show-sensitive',
	'contacts.export',
	'contacts.erase',
	'contacts.restrict',
	'attributes.manage',
	'audit.read',
	'keys.rotate',
	'reports.read',
	'mail.read',
	'keys.manage',
	'settings.manage',
	'events.send',
	'tasks.read',
	'operations.read',
	'operations.retry'
];

/** `workspace.read` and `tasks.read` are everybody's who signs in: the name of the house, whether mail leaves it, and what they are asked. */
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
		'contacts.identify',
		'contacts.show',
		'reports.read',
		'mail.read',
		'tasks.read'
	],
	manager: ['workspace.read', 'journeys.read', 'reports.read', 'tasks.read'],
	integrator: ['workspace.read', 'journeys.read', 'keys.manage', 'events.send', 'tasks.read'],
	operator: [
		'workspace.read',
		'settings.manage',
		'keys.manage',
		'audit.read',
		'keys.rotate',
		'tasks.read',
		'operations.read',
		'operations.retry'
	]
};

/** What an API key may do: send facts in, and nothing that reads a person. */
const permissionsOfKeys: readonly Permission[] = ['events.send'];

/** Whoever makes a call: a signed-in person, or a program with an API key. */
export type Actor =
	{ kind: 'user'; id: number; name: string; role: Role } | { kind: 'key'; id: string; name: string };

export function can(actor: Actor, permission: Permission): boolean {
	if (actor.kind === 'key') return permissionsOfKeys.includes(permission);
	// A role that this version does not know, from a newer one's database, may do nothing.
	return Object.hasOwn(permissionsByRole, actor.role) && permissionsByRole[actor.role].includes(permission);
}
