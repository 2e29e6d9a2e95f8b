/** Who may do what: one table, deny by default. Every procedure names the permission it needs. */

export const roles = ['owner', 'marketer', 'manager', 'privacy-officer', 'integrator', 'operator'] as const;
export type Role = (typeof roles)[number];

export type Permission =
	| 'workspace.read'
	/** One's own account: factors, sessions, notifications. */
	| 'account.manage'
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
	/** See who is in the team, and what each role may do. */
	| 'members.read'
	/** Invite, change roles, deactivate. */
	| 'members.manage'
	/** How people sign in: second factors, idle time, the organisation's own sign-in. */
	| 'access.manage'
	/** Open emergency access for oneself, for a reason, for an hour. */
	| 'emergency.begin'
	/** Look afterwards at what emergency access was used for. */
	| 'emergency.review'
	/** See what waits for oneself; each task says who may do it. */
	| 'tasks.read'
	/** See how the work stands: processes, queue, what failed. Nobody's health, and no names. */
	| 'operations.read'
	/** Try again what failed, people and jobs. */
	| 'operations.retry';

const everybodys: readonly Permission[] = ['workspace.read', 'account.manage', 'members.read', 'tasks.read'];

const permissionsByRole: Record<Role, readonly Permission[]> = {
	owner: [
		...everybodys,
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
		'members.manage',
		'access.manage',
		'emergency.review',
		'operations.read',
		'operations.retry'
	],
	marketer: [
		...everybodys,
		'journeys.read',
		'journeys.edit',
		'journeys.publish',
		'templates.edit',
		'contacts.read',
		'contacts.edit',
		'contacts.identify',
		'contacts.show',
		'reports.read',
		'mail.read'
	],
	manager: [...everybodys, 'journeys.read', 'reports.read', 'emergency.begin'],
	'privacy-officer': [
		...everybodys,
		'journeys.read',
		'contacts.read',
		'contacts.identify',
		'contacts.show',
		'contacts.show-sensitive',
		'contacts.export',
		'contacts.erase',
		'contacts.restrict',
		'attributes.manage',
		'audit.read',
		'reports.read',
		'emergency.review'
	],
	integrator: [...everybodys, 'journeys.read', 'keys.manage', 'events.send'],
	operator: [
		...everybodys,
		'settings.manage',
		'keys.manage',
		'audit.read',
		'keys.rotate',
		'access.manage',
		'emergency.begin',
		'operations.read',
		'operations.retry'
	]
};

/** What emergency access adds while it lasts: to find a person and see what is known. Nothing is written or taken along with it. */
const permissionsInEmergency: readonly Permission[] = [
	'contacts.read',
	'contacts.identify',
	'contacts.show',
	'contacts.show-sensitive'
];

/** What an API key may do: send facts in, and nothing that reads a person. */
const permissionsOfKeys: readonly Permission[] = ['events.send'];

export interface UserActor {
	kind: 'user';
	id: number;
	name: string;
	role: Role;
	/** When they last showed all factors that are asked for, by the app's clock; undefined: not in this session. */
	provedAt?: number;
	/** A second factor is asked for and they have none yet: they may set one up, and nothing else. */
	isEnrolling?: boolean;
	/** The emergency access that is open for them; null or left out: none. */
	emergency?: number | null;
}

/** Whoever makes a call: a signed-in person, or a program with an API key. */
export type Actor = UserActor | { kind: 'key'; id: string; name: string };

export function can(actor: Actor, permission: Permission): boolean {
	if (actor.kind === 'key') return permissionsOfKeys.includes(permission);
	if (actor.isEnrolling) return permission === 'account.manage';
	if (actor.emergency && permissionsInEmergency.includes(permission)) return true;
	return mayAs(actor.role, permission);
}

/** Whether the role by itself has the permission. One that this version does not know, from a newer one's database, has none. */
export function mayAs(role: Role, permission: Permission): boolean {
	return Object.hasOwn(permissionsByRole, role) && permissionsByRole[role].includes(permission);
}

/** How long somebody who showed their factors may do what asks for them anew (milliseconds). */
export const FRESH_MS = 5 * 60_000;

/** Whether a person showed their factors so lately that they need not again. */
export function isFresh(actor: Actor, now: number): boolean {
	return actor.kind === 'user' && actor.provedAt !== undefined && now - actor.provedAt < FRESH_MS;
}
