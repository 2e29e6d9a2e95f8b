/** The processes that work on one database: each says that it is alive, what it does, and which slot is its own. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type pg from 'pg';
import type { OwnProcess, ProcessRole } from '$lib/server/app.ts';
import { inTransaction, type Db } from '$lib/server/db/db.ts';
import { locks } from '$lib/server/db/locks.ts';

// Two that start together must not find the same slot free.
const JOIN = `insert into processes (id, role, host, pid, slot)
	select $1, $2, $3, $4, min(free.slot) from generate_series(0, 32000) as free (slot)
	where not exists (select from processes p where p.slot = free.slot) returning slot`;

/** Writes this process down, with the least slot that is free. It counts as alive while `startHeartbeat` beats for it. */
export async function joinProcesses(pool: pg.Pool, role: ProcessRole): Promise<OwnProcess> {
	const id = randomBytes(9).toString('base64url');
	const slot = await inTransaction(pool, async (tx) => {
		await tx.query('select pg_advisory_xact_lock($1)', [locks.slot]);
		await tx.query('delete from processes where beat_at < now() - make_interval(secs => $1)', [GONE_AFTER_S]);
		const { rows } = await tx.query<{ slot: number }>(JOIN, [id, role, hostname(), process.pid]);
		return rows[0]?.slot ?? 0;
	});
	return { id, role, slot, isDraining: false };
}

/** Without a beat for so long a process is gone, in seconds. */
export const GONE_AFTER_S = 30;

// A process that was taken for dead and is not, such as a machine that slept, writes itself down again.
const BEAT = `insert into processes (id, role, host, pid, slot, is_draining) values ($1, $2, $3, $4, $5, $6)
	on conflict (id) do update set beat_at = now(), is_draining = excluded.is_draining`;

export async function beatProcess(db: Db, own: OwnProcess): Promise<void> {
	await db.query(BEAT, [own.id, own.role, hostname(), process.pid, own.slot, own.isDraining]);
}

export async function leaveProcesses(db: Db, own: OwnProcess): Promise<void> {
	await db.query('delete from processes where id = $1', [own.id]);
}

/** Whether another process is alive on this database. */
export async function hasOthers(db: Db, own: OwnProcess): Promise<boolean> {
	const { rows } = await db.query<{ others: boolean }>(
		'select exists (select from processes where id <> $1 and beat_at > now() - make_interval(secs => $2)) as others',
		[own.id, GONE_AFTER_S]
	);
	return rows[0]?.others ?? false;
}
