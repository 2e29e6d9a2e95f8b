/** Which mails people of the team get because something happened, and which of them they want. */
import { z } from 'zod';
import { mayAs, roles, type Permission, type Role } from '../auth/permissions.ts';
import type { Db } from '../db/db.ts';
import type { TeamMailbox } from './team-mail.ts';

interface Kind {
	/** Who gets it at all. */
	needs: Permission;
	/** Whether somebody must be told: where nobody wants it, all who may get it do. */
	must: boolean;
}

const kinds = {
	/** The breaker paused a journey. */
	breaker: { needs: 'journeys.publish', must: false },
	/** Somebody gave them a task. */
	task: { needs: 'tasks.read', must: false },
	/** Somebody opened emergency access. */
	emergency: { needs: 'emergency.review', must: true }
} as const satisfies Record<string, Kind>;

export type NotificationKind = keyof typeof kinds;
export const NOTIFICATION_KINDS = Object.keys(kinds) as NotificationKind[];

/** Choices by kind. One that is not named is as the product has it: they are told. */
export const choicesSchema = z.strictObject({
	breaker: z.boolean().optional(),
	task: z.boolean().optional(),
	emergency: z.boolean().optional()
} satisfies Record<NotificationKind, unknown>);
export type Choices = z.infer<typeof choicesSchema>;

/** What a role can be told of. */
export function kindsFor(role: Role): NotificationKind[] {
	return NOTIFICATION_KINDS.filter((kind) => mayAs(role, kinds[kind].needs));
}

export async function loadChoices(db: Db, userId: number): Promise<Choices> {
	const { rows } = await db.query<{ notifications: unknown }>(
		'select notifications from users where id = $1',
		[userId]
	);
	return choicesSchema.catch({}).parse(rows[0]?.notifications);
}

/** Saves what is named in `choices`, and leaves the others. */
export async function saveChoices(db: Db, userId: number, choices: Choices): Promise<void> {
	await db.query('update users set notifications = notifications || $2 where id = $1', [
		userId,
		JSON.stringify(choices)
	]);
}

export interface Recipient extends TeamMailbox {
	id: number;
	name: string;
}

/**
 * The active people who may be told of `kind` and want to be, by id. Where the kind must reach somebody and nobody wants it: all
 * who may.
 */
export async function recipientsOf(db: Db, kind: NotificationKind): Promise<Recipient[]> {
	const { needs, must } = kinds[kind];
	const { rows } = await db.query<Recipient & { wants: boolean }>(
		`select id, name, email, coalesce((notifications ->> $1)::boolean, true) as wants
		from users where deactivated_at is null and role = any($2) order by id`,
		[kind, roles.filter((role) => mayAs(role, needs))]
	);
	const willing = rows.filter(({ wants }) => wants);
	const told = must && willing.length === 0 ? rows : willing;
	return told.map(({ id, name, email }) => ({ id, name, email }));
}
