/** Sign-ins and registrations under way: what was sent out, kept until it comes back, and taken once (the table `ceremonies`). */
import type { Db } from '../db/db.ts';
import { randomSigns } from './secret-token.ts';

/** How long what was sent out may take to come back (milliseconds). */
export const CEREMONY_MS = 5 * 60_000;

export type CeremonyKind = 'passkey-add' | 'passkey-sign-in' | 'oidc' | 'saml';

export interface NewCeremony {
	kind: CeremonyKind;
	/** Whose it is; null where that only shows when it comes back. */
	userId: number | null;
	/** What must come back, such as a challenge. */
	data: Record<string, unknown>;
	/** How long it may take to come back, where that is not CEREMONY_MS (milliseconds). */
	lastsMs?: number;
}

/** Keeps what was sent out, and gives the id to ask for it by. */
export async function beginCeremony(
	db: Db,
	{ kind, userId, data, lastsMs = CEREMONY_MS }: NewCeremony,
	now: number
): Promise<string> {
	const id = randomSigns(24);
	await db.query('insert into ceremonies (id, kind, user_id, data, expires_at) values ($1, $2, $3, $4, $5)', [
		id,
		kind,
		userId,
		data,
		new Date(now + lastsMs)
	]);
	return id;
}

/** Takes what was kept, so that nobody can take it again; undefined where there is none, it is of another kind, or too old. */
export async function takeCeremony(
	db: Db,
	id: string,
	kind: CeremonyKind,
	now: number
): Promise<{ userId: number | null; data: unknown } | undefined> {
	const { rows } = await db.query<{ userId: number | null; data: unknown; expires_at: Date }>(
		'delete from ceremonies where id = $1 and kind = $2 returning user_id as "userId", data, expires_at',
		[id, kind]
	);
	const row = rows[0];
	return row && row.expires_at.getTime() > now ? row : undefined;
}

/** Deletes what never came back; nothing depends on it but the table's size. */
export async function forgetOldCeremonies(db: Db, now: number): Promise<void> {
	await db.query('delete from ceremonies where expires_at < $1', [new Date(now)]);
}
