/**
 * Routes events: each is looked at once, in order of arrival, by exit rules and goals, then waits, then triggers (§5.10).
 * One router at a time, so that two events of a person are never seen in the wrong order.
 */
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { locks } from '$lib/server/db/locks.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { wakeBy } from './approvals.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { instantOf, openDesk, routeOne, versionOf, type Desk } from './desk.ts';
import { enqueuePump } from './door.ts';
import { admit } from './entry.ts';
import { creditGoals } from './goals.ts';
import { writeMembership } from './membership.ts';
import { momentOf } from './move.ts';
import { holdEvents, keepProgress, nextEvents, removeEvents, type QueuedEvent } from './queued-events.ts';
import { planSilencesAnew } from './planned.ts';
import { isRowsFault, Unwritable } from './row-fault.ts';
import { reasonOf, setEventAside, type OnAside } from './set-aside.ts';

const BATCH = 500;

/** Lets nobody route until the transaction ends: what the router has read of people must not change under it. */
export async function holdRouter(tx: Tx): Promise<void> {
	await tx.query('select pg_advisory_xact_lock($1)', [locks.route]);
}

/**
 * Routes up to 500 queued events in one transaction; returns how many. 0: the rest waits for the pump. An event that
 * breaks its batch is found by halving, and set aside alone (`set-aside.ts`).
 */
export async function routeBatch(engine: Store, now: number, onAside: OnAside = () => {}): Promise<number> {
	const { pool } = engine;
	for (let limit = BATCH; ;) {
		const routed: QueuedEvent[] = [];
		try {
			return await inTransaction(pool, (tx) => routeUpTo(tx, engine, now, limit, routed));
		} catch (error) {
			const [event, ...others] = routed;
			if (!isRowsFault(error) || !event) throw error;
			if (!others.length) {
				await setAside(engine, event, error, now, onAside);
				return 1;
			}
			limit = routed.length >> 1;
		}
	}
}

async function setAside(
	{ pool }: Store,
	event: QueuedEvent,
	error: unknown,
	now: number,
	onAside: OnAside
): Promise<void> {
	const reason = reasonOf(error);
	const isAside = await inTransaction(pool, async (tx) => {
		await holdRouter(tx);
		return setEventAside(tx, event, reason, now);
	});
	if (isAside) onAside({ kind: 'event', id: event.id, reason }, error);
}

async function routeUpTo(
	tx: Tx,
	engine: Store,
	now: number,
	limit: number,
	routed: QueuedEvent[]
): Promise<number> {
	await holdRouter(tx);
	const events = await nextEvents(tx, engine.vault, limit, now);
	if (!events.some((event) => !event.blocked)) return 0;
	const desk = await openDesk(tx, engine, events, now);
	routeInOrder(desk, events, limit, routed);
	const stopped = new Set(desk.stopped.map(({ event }) => event));
	await removeEvents(
		tx,
		routed.filter((event) => !stopped.has(event))
	);
	await keepProgress(tx, desk.stopped);
	await writeDesk(tx, engine.vault, desk);
	await planSilencesAnew(tx, desk.live, silencesBroken(desk, routed), now);
	return routed.length;
}

// A contact's later events wait until what an earlier one set going has come to rest: an enrollment that was admitted, woken
// or timed out before the event runs first.
function routeInOrder(desk: Desk, events: QueuedEvent[], limit: number, routed: QueuedEvent[]): void {
	const resting = new Set<number>();
	for (const event of events) {
		if (routed.length === limit) return;
		if (resting.has(event.contactId)) continue;
		if (event.blocked) {
			resting.add(event.contactId);
			continue;
		}
		routed.push(event);
		const isSetGoing = setsGoing(desk, event);
		if (isSetGoing || desk.stopped.at(-1)?.event === event) resting.add(event.contactId);
	}
}

// Held events were told when they came.
function silencesBroken(desk: Desk, routed: readonly QueuedEvent[]) {
	return routed.flatMap((event) => {
		const fact = desk.contacts.get(event.contactId)?.fact;
		if (!fact || event.heldFor !== null || event.progress) return [];
		return [{ contact: { id: event.contactId, timezone: fact.timezone, createdAt: fact.createdAt }, event }];
	});
}

function setsGoing(desk: Desk, event: QueuedEvent): boolean {
	try {
		return routeOne(desk, event);
	} catch (cause) {
		throw new Unwritable(`Event ${event.id} can't be routed.`, { cause });
	}
}

async function writeDesk(tx: Tx, vault: Vault, desk: Desk): Promise<void> {
	const sheet = new CountSheet();
	await writeEnds(tx, desk, sheet);
	await writeWakes(tx, desk);
	await holdEvents(tx, desk.held);
	if (desk.membership) await writeMembership(tx, desk.membership);
	const { admitted } = await admit(tx, vault, desk.arrivals, sheet);
	await writeCounts(tx, sheet, shards.router);
	// Jobs last: whoever holds a job's row waits for nothing but other jobs.
	if (admitted || desk.woken.length) await enqueuePump(tx);
}

// Only what is in the outbox still: a message being handed over may be in the server's hands.
const END = `with ended as (
	update enrollments e set state = u.state, ended_at = u.at, waiting_for = null, due_at = null, wake = null, seq = e.seq + 1
	from unnest($1::bigint[], $2::text[], $3::timestamptz[]) as u (id, state, at) where e.id = u.id and e.ended_at is null
	returning e.id, e.seq, e.version_id, e.contact_id, e.arrived_at, e.step, e.ended_at
), pathed as (
	insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes)
	select id, seq, version_id, contact_id, ended_at, arrived_at, true, array[step], array[null::text] from ended
), withdrawn as (
	update messages m set state = 'withdrawn', decided_at = e.ended_at
	from message_keys k join ended e on e.id = k.enrollment_id where m.id = k.message_id and m.state = 'queued'
), closed as (
	delete from event_waits w using ended e where w.enrollment_id = e.id
)
select id from ended`;

async function writeEnds(tx: Tx, desk: Desk, sheet: CountSheet): Promise<void> {
	if (!desk.ended.length) return;
	const at = (event: QueuedEvent) => momentOf(instantOf(event, desk.now), desk.now);
	const { rows } = await tx.query<{ id: number }>(END, [
		desk.ended.map(({ inside }) => inside.enrollmentId),
		desk.ended.map(({ state }) => state),
		desk.ended.map(({ event }) => new Date(at(event)))
	]);
	const written = new Set(rows.map((row) => row.id));
	const ended = desk.ended.filter(({ inside }) => written.has(inside.enrollmentId));
	for (const { inside, state } of ended) {
		const { zone } = versionOf(desk.plans, inside.versionId);
		const { arrivedAt, step } = inside.state;
		sheet.add(inside.versionId, zone, arrivedAt, step, `ended:${state}`);
		if (state === 'exited') sheet.add(inside.versionId, zone, arrivedAt, step, 'dropped:exited');
	}
	const goals = ended.filter(({ state }) => state === 'converted');
	await creditGoals(
		tx,
		goals.map(({ inside, event }) => ({
			enrollmentId: inside.enrollmentId,
			zone: versionOf(desk.plans, inside.versionId).zone,
			at: event.occurredAt
		})),
		sheet
	);
}

async function writeWakes(tx: Tx, desk: Desk): Promise<void> {
	if (!desk.woken.length) return;
	const column = <T>(of: (woken: Desk['woken'][number]) => T) => desk.woken.map(of);
	await tx.query(
		`with taken as (
			delete from event_waits w using unnest($1::bigint[]) as u (id) where w.enrollment_id = u.id
		)
		update enrollments e set due_at = u.at, wake = u.wake
		from unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) as u (id, at, wake) where e.id = u.id and e.state = 'waiting'`,
		[
			column(({ wait }) => wait.enrollmentId),
			column(({ event }) => new Date(instantOf(event, desk.now))),
			column(({ wait, event }) =>
				JSON.stringify(wakeBy(versionOf(desk.plans, wait.versionId).plan, wait.step, event))
			)
		]
	);
}
