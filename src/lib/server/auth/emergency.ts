/**
 * Emergency access ("break glass", 45 CFR 164.312(a)(2)(ii)): somebody whose role shows no patient sees them for an hour, for a
 * reason that is recorded. Whoever watches over privacy is told at once and looks at it afterwards.
 */
import { ApiError } from '../api/errors.ts';
import type { Db, Tx } from '../db/db.ts';

/** How long it lasts (milliseconds). */
export const EMERGENCY_MS = 60 * 60_000;
/** So many are granted to one person in a week: what is needed more often is a role, and not an emergency. */
export const EMERGENCIES_A_WEEK = 3;
const WEEK_MS = 7 * 24 * 60 * 60_000;

export interface Emergency {
	id: number;
	endsAt: Date;
}

/** Opens it for somebody. Throws `conflict` where one is open, and `rate.limited` after three in a week. */
export async function beginEmergency(tx: Tx, userId: number, now: number): Promise<Emergency> {
	// Two clicks at once must not count past each other.
	await tx.query('select from users where id = $1 for update', [userId]);
	const { rows } = await tx.query<{ open: boolean; lately: number }>(
		`select coalesce(bool_or(ends_at > $2), false) as open, count(*)::int as lately
		from emergencies where user_id = $1 and began_at > $3`,
		[userId, new Date(now), new Date(now - WEEK_MS)]
	);
	if (rows[0]?.open) throw new ApiError('conflict', 'Emergency access is open for you already.');
	if ((rows[0]?.lately ?? 0) >= EMERGENCIES_A_WEEK)
		throw new ApiError(
			'rate.limited',
			`You had emergency access ${EMERGENCIES_A_WEEK} times in a week. Ask an owner for a role that may see people.`
		);
	const endsAt = new Date(now + EMERGENCY_MS);
	const made = await tx.query<{ id: number }>(
		'insert into emergencies (user_id, began_at, ends_at) values ($1, $2, $3) returning id',
		[userId, new Date(now), endsAt]
	);
	return { id: made.rows[0]?.id ?? 0, endsAt };
}

/** The one that is open for somebody; undefined for none. */
export async function findEmergency(db: Db, userId: number, now: number): Promise<Emergency | undefined> {
	const { rows } = await db.query<Emergency>(
		`select id, ends_at as "endsAt" from emergencies where user_id = $1 and ends_at > $2 order by ends_at desc limit 1`,
		[userId, new Date(now)]
	);
	return rows[0];
}

/** Ends it early. The id of what ended; undefined where none was open. */
export async function endEmergency(db: Db, userId: number, now: number): Promise<number | undefined> {
	const { rows } = await db.query<{ id: number }>(
		'update emergencies set ends_at = $2 where user_id = $1 and ends_at > $2 returning id',
		[userId, new Date(now)]
	);
	return rows[0]?.id;
}

/** Notes that somebody else looked at it. Throws `task.over` where it is reviewed, still open, or the reviewer's own. */
export async function reviewEmergency(tx: Tx, id: number, reviewer: number, now: number): Promise<void> {
	const { rowCount } = await tx.query(
		`update emergencies set reviewed_by = $2, reviewed_at = $3
		where id = $1 and user_id <> $2 and ends_at <= $3 and reviewed_at is null`,
		[id, reviewer, new Date(now)]
	);
	if (rowCount !== 1)
		throw new ApiError(
			'task.over',
			'This can’t be closed: it is still open, it is your own, or somebody closed it already.'
		);
}
