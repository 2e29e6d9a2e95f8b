/** Events that wait to be routed: new ones in order of arrival, and those held while a journey was paused. */
import type { EventFact } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { openProperties } from '$lib/server/people/payloads.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { WAS_CAUSED } from './claim.ts';
import type { Progress } from './event-doors.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';

export interface QueuedEvent extends EventFact {
	contactId: number;
	receivedAt: number;
	/** The one journey that it was held for; null: all of them. */
	heldFor: number | null;
	/** Something of the contact comes before it and has not moved yet (§5.10). */
	blocked: boolean;
	/** Its properties can't be opened: it can't be routed. */
	unreadable: boolean;
	/** It was set aside, and is tried again. */
	isRetried: boolean;
	/** Null: nobody looked at it yet. Else it goes on behind the last door that it asked. */
	progress: Progress | null;
}

interface Row {
	id: number;
	contact_id: number;
	held_for: number | null;
	name: string;
	properties: Record<string, unknown>;
	sealed: Buffer | null;
	occurred_at: Date;
	received_at: Date;
	blocked: boolean;
	progress: Progress | null;
	tries: number;
}

// Held ones first: they are older. Those of a contact who has some wait behind them.
const NEXT_HELD = `select h.event_id as id, ev.contact_id, h.journey_id as held_for, ev.name, ev.properties, ev.sealed, ev.occurred_at, ev.received_at, h.progress, h.tries,
	exists (
		select 1 from enrollment_keys k join enrollments e on e.id = k.enrollment_id
		where k.contact_id = h.contact_id and k.journey_id = h.journey_id and e.due_at <= $2 and ${WAS_CAUSED}
	) as blocked
	from held_events h join journeys j on j.id = h.journey_id and j.state = 'live'
	join events ev on ev.id = h.event_id and ev.received_at = h.received_at
	order by h.event_id limit $1`;
const NEXT_QUEUED = `select q.event_id as id, ev.contact_id, null as held_for, ev.name, ev.properties, ev.sealed, ev.occurred_at, ev.received_at, q.progress, q.tries,
	exists (
		select 1 from enrollment_keys k join enrollments e on e.id = k.enrollment_id join journeys j on j.id = e.journey_id
		where k.contact_id = ev.contact_id and j.state = 'live'
		and (e.due_at < ev.received_at or (e.due_at = ev.received_at and ${WAS_CAUSED}))
	) or exists (
		select 1 from held_events h join journeys j on j.id = h.journey_id where h.contact_id = ev.contact_id and j.state = 'live'
	) as blocked
	from event_queue q join events ev on ev.id = q.event_id and ev.received_at = q.received_at
	order by q.event_id limit $1`;

/** The next events, up to `limit` of each sort, in the order in which they are to be routed. They stay in their queue. */
export async function nextEvents(tx: Tx, vault: Vault, limit: number, now: number): Promise<QueuedEvent[]> {
	const held = await tx.query<Row>({
		name: 'next-held',
		text: NEXT_HELD,
		values: [limit, new Date(now)]
	});
	const queued = await tx.query<Row>({ name: 'next-queued', text: NEXT_QUEUED, values: [limit] });
	const rows = [...held.rows, ...queued.rows];
	const keys = await vault.keysToOpen(rows.filter((row) => row.sealed).map((row) => row.contact_id));
	return rows.map((row) => {
		const properties = unlessSealed(() => openProperties(keys, row));
		return {
			id: row.id,
			contactId: row.contact_id,
			heldFor: row.held_for,
			name: row.name,
			properties: properties ?? {},
			occurredAt: row.occurred_at.getTime(),
			receivedAt: row.received_at.getTime(),
			blocked: row.blocked,
			unreadable: properties === undefined,
			isRetried: row.tries > 0,
			progress: row.progress
		};
	});
}

/** Takes routed events from where they waited. */
export async function removeEvents(tx: Tx, events: readonly QueuedEvent[]): Promise<void> {
	const queued = events.filter((event) => event.heldFor === null);
	const held = events.filter((event) => event.heldFor !== null);
	if (queued.length)
		await tx.query('delete from event_queue where event_id = any($1)', [queued.map((event) => event.id)]);
	if (held.length)
		await tx.query(
			`delete from held_events h using unnest($1::bigint[], $2::int[], $3::bigint[]) as u (contact_id, journey_id, event_id)
			 where h.contact_id = u.contact_id and h.journey_id = u.journey_id and h.event_id = u.event_id`,
			[
				held.map((event) => event.contactId),
				held.map((event) => event.heldFor),
				held.map((event) => event.id)
			]
		);
}

/** Leaves events where they waited, each with how far it came. */
export async function keepProgress(
	tx: Tx,
	stopped: readonly { event: QueuedEvent; progress: Progress }[]
): Promise<void> {
	if (!stopped.length) return;
	const columns = [
		stopped.map(({ event }) => event.id),
		stopped.map(({ progress }) => JSON.stringify(progress)),
		stopped.map(({ event }) => event.heldFor)
	];
	await tx.query(
		`with queued as (
			update event_queue q set progress = u.progress from unnest($1::bigint[], $2::jsonb[], $3::int[]) as u (id, progress, held_for)
			where u.held_for is null and q.event_id = u.id
		)
		update held_events h set progress = u.progress from unnest($1::bigint[], $2::jsonb[], $3::int[]) as u (id, progress, held_for)
		where h.event_id = u.id and h.journey_id = u.held_for`,
		columns
	);
}

/** Keeps events for paused journeys. */
export async function holdEvents(
	tx: Tx,
	held: readonly { event: QueuedEvent; journeyId: number }[]
): Promise<void> {
	if (!held.length) return;
	await tx.query(
		`insert into held_events (contact_id, journey_id, event_id, received_at)
		 select * from unnest($1::bigint[], $2::int[], $3::bigint[], $4::timestamptz[])`,
		[
			held.map(({ event }) => event.contactId),
			held.map(({ journeyId }) => journeyId),
			held.map(({ event }) => event.id),
			held.map(({ event }) => new Date(event.receivedAt))
		]
	);
}
