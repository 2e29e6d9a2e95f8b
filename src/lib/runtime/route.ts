/**
 * Routes events: each is looked at once, in order of arrival, by exit rules and goals, then waits, then triggers (§5.10).
 * One router at a time, so that two events of a person are never seen in the wrong order.
 */
import type pg from 'pg';
import {
	afterEvent,
	entryKey,
	matchesTrigger,
	matchesWait,
	type EventFact,
	type World
} from '$lib/journey/index.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump } from './door.ts';
import { admit, type Arrival } from './entry.ts';
import { loadFacts, worldOf, type Facts } from './facts.ts';
import { loadInside, loadWaits, lockContacts, type Inside, type LockedContact, type Wait } from './inside.ts';
import { loadLiveJourneys, loadPlans, type LiveJourney, type VersionPlan } from './plans.ts';
import { loadWorkspaceTimezone } from './workspace-timezone.ts';

const ROUTE_LOCK = 7_245_002;
const BATCH = 500;

export interface QueuedEvent extends EventFact {
	contactId: number;
	receivedAt: number;
}

interface Desk {
	tx: Tx;
	now: number;
	contacts: Map<number, LockedContact>;
	live: LiveJourney[];
	plans: Map<number, VersionPlan>;
	inside: Inside[];
	waits: Wait[];
	facts: Facts;
	workspaceTimezone: string;
	sheet: CountSheet;
	arrivals: Arrival[];
	ended: { inside: Inside; state: 'exited' | 'converted' }[];
	woken: { wait: Wait; event: QueuedEvent }[];
}

/** Routes up to 500 queued events in one transaction; returns how many. 0: the rest waits for the pump. */
export async function routeBatch(pool: pg.Pool, now: number): Promise<number> {
	return inTransaction(pool, async (tx) => {
		await tx.query('select pg_advisory_xact_lock($1)', [ROUTE_LOCK]);
		const events = await takeEvents(tx);
		if (!events.length) return 0;
		const desk = await openDesk(tx, pool, events, now);
		for (const event of events) routeOne(desk, event);
		await writeDesk(desk);
		return events.length;
	});
}

// One event of a contact at a time, and only once what it set going before has come to rest: an enrollment that was admitted,
// woken or timed out before the event runs first, as the order of §5.10 asks.
const TAKE = `with head as (
	select q.event_id, q.received_at, e.contact_id, e.name, e.properties, e.occurred_at
	from event_queue q join events e on e.id = q.event_id and e.received_at = q.received_at
	order by q.event_id limit $1
), first as (
	select distinct on (contact_id) * from head order by contact_id, event_id
), free as (
	select f.* from first f where not exists (
		select 1 from enrollment_keys k join enrollments e on e.id = k.enrollment_id join journeys j on j.id = e.journey_id
		where k.contact_id = f.contact_id and j.state = 'live' and e.due_at <= f.received_at
		and (e.due_at < f.received_at or e.state = 'active' or e.wake is not null)
	)
), taken as (
	delete from event_queue q using free f where q.event_id = f.event_id
)
select event_id as id, contact_id, name, properties, occurred_at, received_at from free order by event_id`;

async function takeEvents(tx: Tx): Promise<QueuedEvent[]> {
	const { rows } = await tx.query<{
		id: number;
		contact_id: number;
		name: string;
		properties: Record<string, unknown>;
		occurred_at: Date;
		received_at: Date;
	}>(TAKE, [BATCH]);
	return rows.map((row) => ({
		id: row.id,
		contactId: row.contact_id,
		name: row.name,
		properties: row.properties,
		occurredAt: row.occurred_at.getTime(),
		receivedAt: row.received_at.getTime()
	}));
}

async function openDesk(tx: Tx, pool: pg.Pool, events: QueuedEvent[], now: number): Promise<Desk> {
	const contacts = await lockContacts(
		tx,
		events.map((event) => event.contactId)
	);
	const live = await loadLiveJourneys(tx, pool);
	const contactIds = [...contacts.keys()];
	const waits = await loadWaits(
		tx,
		contactIds,
		events.map((event) => event.name)
	);
	const inside = await loadInside(tx, contactIds);
	const plans = await loadPlans(
		tx,
		pool,
		[...waits, ...inside].map((each) => each.versionId)
	);
	const workspaceTimezone = await loadWorkspaceTimezone(tx);
	const facts = await loadFacts(tx, questions(contacts, live, plans, inside), now);
	return {
		tx,
		now,
		contacts,
		live,
		plans,
		inside,
		waits,
		facts,
		workspaceTimezone,
		sheet: new CountSheet(),
		arrivals: [],
		ended: [],
		woken: []
	};
}

function questions(
	contacts: Map<number, LockedContact>,
	live: LiveJourney[],
	plans: Map<number, VersionPlan>,
	inside: Inside[]
) {
	const asInside = inside.flatMap((each) => {
		const version = plans.get(each.versionId);
		const contact = contacts.get(each.contactId);
		return version && contact
			? [
					{
						contactId: each.contactId,
						enrollmentId: each.enrollmentId,
						email: contact.fact.email,
						plan: version.plan
					}
				]
			: [];
	});
	const atDoors = [...contacts.values()].flatMap((contact) =>
		live.map((journey) => ({
			contactId: contact.id,
			enrollmentId: null,
			email: contact.fact.email,
			plan: journey.plan
		}))
	);
	return [...asInside, ...atDoors];
}

function routeOne(desk: Desk, event: QueuedEvent): void {
	const contact = desk.contacts.get(event.contactId);
	if (!contact) return; // The contact was deleted meanwhile; its events go nowhere.
	endByEvent(desk, event, contact);
	wakeByEvent(desk, event);
	enterByEvent(desk, event, contact);
}

function worldFor(desk: Desk, contact: LockedContact, enrollmentId: number | null): World {
	return worldOf(desk.facts, contact.fact, contact.id, enrollmentId, desk.workspaceTimezone);
}

function endByEvent(desk: Desk, event: QueuedEvent, contact: LockedContact): void {
	for (const inside of desk.inside) {
		if (inside.contactId !== event.contactId || inside.ended || inside.paused) continue;
		const version = versionOf(desk, inside.versionId);
		const end = afterEvent(
			version.plan,
			event,
			worldFor(desk, contact, inside.enrollmentId),
			inside.state,
			event.receivedAt
		);
		if (!end) continue;
		inside.ended = true;
		desk.ended.push({ inside, state: end.state });
	}
}

function wakeByEvent(desk: Desk, event: QueuedEvent): void {
	const endedIds = new Set(desk.ended.map((each) => each.inside.enrollmentId));
	const zone = desk.contacts.get(event.contactId)?.fact.timezone;
	for (const wait of desk.waits) {
		if (
			wait.contactId !== event.contactId ||
			wait.event !== event.name ||
			wait.taken ||
			endedIds.has(wait.enrollmentId)
		)
			continue;
		if (
			event.id <= wait.afterEventId ||
			!matchesWait(versionOf(desk, wait.versionId).plan, wait.step, event, { ...wait, zone })
		)
			continue;
		wait.taken = true;
		desk.woken.push({ wait, event });
	}
}

function enterByEvent(desk: Desk, event: QueuedEvent, contact: LockedContact): void {
	for (const journey of desk.live) {
		for (const trigger of journey.plan.triggers) {
			if (trigger.disabled || !matchesTrigger(journey.plan, trigger, event, worldFor(desk, contact, null)))
				continue;
			const key = entryKey(trigger, event);
			if (key === 'missing') continue;
			desk.arrivals.push({
				version: journey,
				trigger,
				contactId: contact.id,
				zone: contact.fact.timezone ?? journey.zone,
				at: event.receivedAt,
				cause: `event:${event.id}`,
				key: key?.key ?? null,
				payload: event.properties,
				eventId: event.id
			});
		}
	}
}

function versionOf(desk: Desk, id: number): VersionPlan {
	const version = desk.plans.get(id);
	if (!version) throw new Error(`Version ${id} was not loaded.`);
	return version;
}

async function writeDesk(desk: Desk): Promise<void> {
	await writeEnds(desk);
	await writeWakes(desk);
	await admit(desk.tx, desk.arrivals, desk.sheet);
	await writeCounts(desk.tx, desk.sheet, shards.router);
}

async function writeEnds(desk: Desk): Promise<void> {
	if (!desk.ended.length) return;
	for (const { inside, state } of desk.ended) {
		const version = versionOf(desk, inside.versionId);
		desk.sheet.add(
			inside.versionId,
			version.zone,
			inside.state.arrivedAt,
			inside.state.step,
			`ended:${state}`
		);
		if (state === 'exited')
			desk.sheet.add(
				inside.versionId,
				version.zone,
				inside.state.arrivedAt,
				inside.state.step,
				'dropped:exited'
			);
	}
	const ids = desk.ended.map(({ inside }) => inside.enrollmentId);
	await desk.tx.query(
		`with ended as (
			update enrollments e set state = u.state, ended_at = $3, waiting_for = null, due_at = null, wake = null, seq = e.seq + 1
			from unnest($1::bigint[], $2::text[]) as u (id, state) where e.id = u.id
			returning e.id, e.seq, e.version_id, e.contact_id, e.arrived_at, e.step
		), pathed as (
			insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes)
			select id, seq, version_id, contact_id, $3, arrived_at, true, array[step], array[null::text] from ended
		), withdrawn as (
			update messages m set state = 'withdrawn', decided_at = $3
			from message_keys k where k.enrollment_id = any($1) and m.id = k.message_id and m.state = 'queued'
		)
		delete from event_waits where enrollment_id = any($1)`,
		[ids, desk.ended.map(({ state }) => state), new Date(desk.now)]
	);
}

async function writeWakes(desk: Desk): Promise<void> {
	if (!desk.woken.length) return;
	const column = <T>(of: (woken: Desk['woken'][number]) => T) => desk.woken.map(of);
	await desk.tx.query(
		`with taken as (
			delete from event_waits w using unnest($1::bigint[]) as u (id) where w.enrollment_id = u.id
		)
		update enrollments e set due_at = u.at, wake = u.wake
		from unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) as u (id, at, wake) where e.id = u.id and e.state = 'waiting'`,
		[
			column(({ wait }) => wait.enrollmentId),
			column(({ event }) => new Date(event.receivedAt)),
			column(({ event }) => JSON.stringify({ kind: 'event', eventId: event.id }))
		]
	);
	await enqueuePump(desk.tx);
}
