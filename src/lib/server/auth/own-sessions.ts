/** Somebody's sessions, for them to look through and to end. */
import type { Db } from '../db/db.ts';
import { accessIn } from './access-settings.ts';
import { agentInWords } from './agent-words.ts';
import { SESSION_LIFETIME_MS, type Way } from './session.ts';

export interface OwnSession {
	/** Finds it in a list; opens nothing without its secret. */
	id: string;
	createdAt: Date;
	lastSeenAt: Date;
	way: Way;
	ip: string | null;
	/** Such as “Firefox on Windows”. */
	browser: string;
	isCurrent: boolean;
}

/** Those that are open now, the one in use first, then the last used. */
export async function listSessions(
	db: Db,
	userId: number,
	current: string | undefined,
	now: number
): Promise<OwnSession[]> {
	const { rows } = await db.query<
		Omit<OwnSession, 'browser' | 'isCurrent'> & { agent: string | null; access: unknown }
	>(
		`select id, created_at as "createdAt", last_seen_at as "lastSeenAt", way, ip, agent,
			(select value from settings where key = 'access') as access
		from sessions where user_id = $1 and proved_at is not null and created_at > $2
		order by id = $3 desc, last_seen_at desc`,
		[userId, new Date(now - SESSION_LIFETIME_MS), current ?? '']
	);
	return rows
		.filter(({ lastSeenAt, access }) => now - lastSeenAt.getTime() < accessIn(access).idleMinutes * 60_000)
		.map(({ agent, access: _, ...session }) => ({
			...session,
			browser: agentInWords(agent),
			isCurrent: session.id === current
		}));
}

/** Ends one of somebody's sessions. False where it is not theirs, or over already. */
export async function revokeSession(db: Db, userId: number, id: string): Promise<boolean> {
	const { rowCount } = await db.query('delete from sessions where id = $1 and user_id = $2', [id, userId]);
	return rowCount === 1;
}
