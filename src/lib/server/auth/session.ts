/**
 * Sessions of our own, in the shape that Lucia's author recommends in its place: a row found by its id, and a cookie
 * `id.secret` of which the table keeps only the secret's hash.
 */
import type { Db } from '../db/db.ts';
import type { Role } from './permissions.ts';
import { hashSecret, isSecret, randomSigns } from './secret-token.ts';

const MINUTE = 60_000;
/** A session that nobody used for an hour is over (milliseconds). */
export const SESSION_IDLE_MS = 60 * MINUTE;
/** A session is over 12 hours after sign-in, used or not (milliseconds). */
export const SESSION_LIFETIME_MS = 12 * 60 * MINUTE;
/** `last_seen_at` is written at most once a minute, so that reading a page rarely writes. */
const SEEN_EVERY_MS = MINUTE;

export interface SessionUser {
	id: number;
	name: string;
	email: string;
	role: Role;
}

export interface Session {
	id: string;
	user: SessionUser;
}

/** Starts a session and gives the cookie's value, which is nowhere else. */
export async function createSession(db: Db, userId: number, now: number): Promise<string> {
	const id = randomSigns(24);
	const secret = randomSigns(24);
	await db.query(
		`insert into sessions (id, secret_hash, user_id, created_at, last_seen_at) values ($1, $2, $3, $4, $4)`,
		[id, hashSecret(secret), userId, new Date(now)]
	);
	return `${id}.${secret}`;
}

interface SessionRow extends SessionUser {
	secret_hash: Buffer;
	created_at: Date;
	last_seen_at: Date;
}

/**
 * The session that a cookie's value opens, or undefined if it is forged, unknown or over. `isUse`: whether a person asks; a page
 * that looks again by itself keeps no session open.
 */
export async function findSession(
	db: Db,
	token: string,
	now: number,
	isUse = true
): Promise<Session | undefined> {
	const [id, secret, ...rest] = token.split('.');
	if (!id || !secret || rest.length > 0) return undefined;
	const { rows } = await db.query<SessionRow>(
		`select u.id, u.name, u.email, u.role, s.secret_hash, s.created_at, s.last_seen_at
		from sessions s join users u on u.id = s.user_id where s.id = $1`,
		[id]
	);
	const row = rows[0];
	if (!row || !isSecret(secret, row.secret_hash)) return undefined;
	const idleFor = now - row.last_seen_at.getTime();
	if (idleFor >= SESSION_IDLE_MS || now - row.created_at.getTime() >= SESSION_LIFETIME_MS) {
		await endSession(db, id);
		return undefined;
	}
	if (isUse && idleFor >= SEEN_EVERY_MS)
		await db.query('update sessions set last_seen_at = $2 where id = $1', [id, new Date(now)]);
	return { id, user: { id: row.id, name: row.name, email: row.email, role: row.role } };
}

export async function endSession(db: Db, id: string): Promise<void> {
	await db.query('delete from sessions where id = $1', [id]);
}

/** Deletes sessions that are over; nothing depends on it but the table's size. */
export async function forgetOldSessions(db: Db, now: number): Promise<void> {
	await db.query('delete from sessions where created_at < $1 or last_seen_at < $2', [
		new Date(now - SESSION_LIFETIME_MS),
		new Date(now - SESSION_IDLE_MS)
	]);
}
