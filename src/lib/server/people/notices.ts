/** Notes to the team, for those who are told. */
import { ApiError } from '../api/errors.ts';
import type { Store } from '../app.ts';
import type { Db } from '../db/db.ts';
import { openNotice } from './outgoing.ts';
import { unlessSealed } from './unless-sealed.ts';

export interface NoticeHead {
	id: number;
	/** Milliseconds since 1970. */
	at: number;
	journey: { slug: string; name: string };
	step: string;
	isRead: boolean;
}

const HEAD = `n.id, n.visit_at, n.read_at, j.slug, j.name, coalesce(v.plan #>> array['steps', n.step, 'label'], n.step) as step
	from notices n join journey_versions v on v.id = n.version_id join journeys j on j.id = v.journey_id`;

interface HeadRow {
	id: number;
	visit_at: Date;
	read_at: Date | null;
	slug: string;
	name: string;
	step: string;
}

const LISTED = 100;

/** The newest 100 notes to one member, without what they say. */
export async function listNotices(db: Db, userId: number): Promise<NoticeHead[]> {
	const { rows } = await db.query<HeadRow>(
		`select ${HEAD} where n.user_id = $1 order by n.id desc limit $2`,
		[userId, LISTED]
	);
	return rows.map(headOf);
}

function headOf({ id, visit_at, read_at, slug, name, step }: HeadRow): NoticeHead {
	return { id, at: visit_at.getTime(), journey: { slug, name }, step, isRead: read_at !== null };
}

/**
 * One note with its words, and whom it is about. `text` is null once that person is deleted. Throws ApiError `not-found`, also
 * for a note to another member.
 */
export async function getNotice(
	{ pool, vault }: Store,
	id: number,
	userId: number
): Promise<NoticeHead & { contactId: number; text: string | null }> {
	const { rows } = await pool.query<HeadRow & { contact_id: number; sealed: Buffer | null }>(
		`select n.contact_id, n.sealed, ${HEAD} where n.id = $1 and (n.user_id is null or n.user_id = $2)`,
		[id, userId]
	);
	const [row] = rows;
	if (!row) throw new ApiError('not-found', 'There is no such note to you.');
	const { sealed, contact_id: contactId } = row;
	const keys = await vault.keysToOpen([contactId]);
	const text = sealed && unlessSealed(() => openNotice(keys, { ...row, sealed }));
	return { ...headOf(row), contactId, text: text ?? null };
}

/** A note to a member is read once they opened it. */
export async function markRead(db: Db, id: number, userId: number, now: number): Promise<void> {
	await db.query('update notices set read_at = $3 where id = $1 and user_id = $2 and read_at is null', [
		id,
		userId,
		new Date(now)
	]);
}
