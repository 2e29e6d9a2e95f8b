/**
 * Sessions of our own, in the shape that Lucia's author recommends in its place: a row found by its id, and a cookie
 * `id.secret` of which the table keeps only the secret's hash.
 */
import type { Db } from '../db/db.ts';
import { accessIn } from './access-settings.ts';
import type { Role, UserActor } from './permissions.ts';
import { hashSecret, isSecret, randomSigns } from './secret-token.ts';

const MINUTE = 60_000;
/** A session is over 12 hours after sign-in, used or not (milliseconds). */
export const SESSION_LIFETIME_MS = 12 * 60 * MINUTE;
/** The longest that any setting lets a session lie unused (milliseconds). */
const LONGEST_IDLE_MS = 60 * MINUTE;
/** Who gave the right password has so long to show the second factor (milliseconds). */
export const SECOND_FACTOR_MS = 10 * MINUTE;
/** `last_seen_at` is written at most so often, so that reading a page rarely writes (milliseconds). */
export const SEEN_EVERY_MS = 15_000;

export interface SessionUser {
	id: number;
	name: string;
	email: string;
	role: Role;
	/** The emergency access that is open for them, if any. */
	emergency: number | null;
}

/** How somebody came in: a passkey and the organisation's own sign-in bring their second factor with them. */
export type Way = 'password' | 'passkey' | 'sso';

/**
 * How far a sign-in is. `second-factor`: the password was right, and what else is asked for is still missing; nothing is open.
 * `enrol`: one has to be set up first. `open`: all there.
 */
export type Stage = 'second-factor' | 'enrol' | 'open';

export interface Session {
	id: string;
	user: SessionUser;
	stage: Stage;
	way: Way;
	/** When all factors were last shown; null in the stage `second-factor`. */
	provedAt: number | null;
	/** When it is over unless it is used before, and when it is over in any case (milliseconds since 1970). */
	idleAt: number;
	endsAt: number;
}

/** Where a session was begun, for its user to recognise it. */
export interface Place {
	ip: string | null;
	agent?: string | null;
}

export interface NewSession {
	userId: number;
	way: Way;
	/** Whether all factors that this person has were shown. */
	proved: boolean;
	/** When they were, where it was not just now (milliseconds since 1970). */
	provedAt?: number;
	place: Place;
}

/** Starts a session and gives the cookie's value, which is nowhere else. */
export async function createSession(db: Db, begin: NewSession, now: number): Promise<string> {
	const id = randomSigns(24);
	const secret = randomSigns(24);
	const at = new Date(now);
	await db.query(
		`insert into sessions (id, secret_hash, user_id, created_at, last_seen_at, way, proved_at, ip, agent)
		values ($1, $2, $3, $4, $4, $5, $6, $7, $8)`,
		[
			id,
			hashSecret(secret),
			begin.userId,
			at,
			begin.way,
			begin.proved ? new Date(begin.provedAt ?? now) : null,
			begin.place.ip,
			begin.place.agent?.slice(0, 400) ?? null
		]
	);
	return `${id}.${secret}`;
}

/**
 * Gives the session another id and secret once its factors were shown: what anybody knew of it before opens nothing any more.
 * Its 12 hours go on. Undefined when it ended meanwhile. `provedAt`: when they were shown, if not now.
 */
export async function rotateSession(
	db: Db,
	session: Session,
	now: number,
	provedAt = now
): Promise<string | undefined> {
	const id = randomSigns(24);
	const secret = randomSigns(24);
	const { rowCount } = await db.query(
		`update sessions set id = $2, secret_hash = $3, proved_at = $4, last_seen_at = $5 where id = $1`,
		[session.id, id, hashSecret(secret), new Date(provedAt), new Date(now)]
	);
	return rowCount === 1 ? `${id}.${secret}` : undefined;
}

interface SessionRow {
	user_id: number;
	name: string;
	email: string;
	role: Role;
	deactivated_at: Date | null;
	secret_hash: Buffer;
	created_at: Date;
	last_seen_at: Date;
	way: Way;
	proved_at: Date | null;
	has_factor: boolean;
	access: unknown;
	emergency: number | null;
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
		`select u.id as user_id, u.name, u.email, u.role, u.deactivated_at,
			s.secret_hash, s.created_at, s.last_seen_at, s.way, s.proved_at,
			exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null)
				or exists (select from passkeys p where p.user_id = u.id) as has_factor,
			(select value from settings where key = 'access') as access,
			(select e.id from emergencies e where e.user_id = u.id and e.ends_at > $2 order by e.ends_at desc limit 1) as emergency
		from sessions s join users u on u.id = s.user_id where s.id = $1`,
		[id, new Date(now)]
	);
	const row = rows[0];
	if (!row || !isSecret(secret, row.secret_hash)) return undefined;
	const access = accessIn(row.access);
	const idleMs = access.idleMinutes * MINUTE;
	const endsAt = row.created_at.getTime() + (row.proved_at ? SESSION_LIFETIME_MS : SECOND_FACTOR_MS);
	const idleFor = now - row.last_seen_at.getTime();
	if (idleFor >= idleMs || now >= endsAt || row.deactivated_at) {
		await endSession(db, id);
		return undefined;
	}
	const notes = isUse && idleFor >= SEEN_EVERY_MS;
	if (notes) await db.query('update sessions set last_seen_at = $2 where id = $1', [id, new Date(now)]);
	const seenAt = notes ? now : row.last_seen_at.getTime();
	return {
		id,
		user: {
			id: row.user_id,
			name: row.name,
			email: row.email,
			role: row.role,
			emergency: row.emergency
		},
		stage: stageOf(row, access.requireSecondFactor),
		way: row.way,
		provedAt: row.proved_at?.getTime() ?? null,
		idleAt: Math.min(seenAt + idleMs, endsAt),
		endsAt
	};
}

function stageOf(row: SessionRow, requiresSecond: boolean): Stage {
	if (!row.proved_at) return 'second-factor';
	return requiresSecond && row.way === 'password' && !row.has_factor ? 'enrol' : 'open';
}

/** Who calls in a session; null while a second factor is missing. */
export function actorIn(session: Session | undefined): UserActor | null {
	if (!session || session.provedAt === null) return null;
	const { id, name, role, emergency } = session.user;
	return {
		kind: 'user',
		id,
		name,
		role,
		emergency,
		provedAt: session.provedAt,
		isEnrolling: session.stage === 'enrol'
	};
}

export async function endSession(db: Db, id: string): Promise<void> {
	await db.query('delete from sessions where id = $1', [id]);
}

/** Ends every session of somebody, but for the one named. */
export async function endSessionsOf(db: Db, userId: number, except: string | null = null): Promise<number> {
	const { rowCount } = await db.query('delete from sessions where user_id = $1 and id is distinct from $2', [
		userId,
		except
	]);
	return rowCount ?? 0;
}

/** Deletes sessions that are over; nothing depends on it but the table's size. */
export async function forgetOldSessions(db: Db, now: number): Promise<void> {
	await db.query('delete from sessions where created_at < $1 or last_seen_at < $2', [
		new Date(now - SESSION_LIFETIME_MS),
		new Date(now - LONGEST_IDLE_MS)
	]);
}
