/** Writes events down: the fact itself, its once-only key, and its place in the router's queue. */
import { enqueueRoute } from '$lib/runtime/door.ts';
import type { Tx } from '../db/db.ts';

export interface RecordedEvent {
	/** The contact's inner id. */
	contactId: number;
	name: string;
	properties: Record<string, unknown>;
	/** When it happened (ms); `receivedAt` is when it came in. */
	occurredAt: number;
	receivedAt: number;
	/** Who says so: `api:<key id>`, `tracking`, `sample`. */
	source: string;
	/** With a key, the same source can record this event once only. */
	key?: string;
}

// The keys go in first, with ids drawn beforehand: whoever loses there leaves no event and no place in the queue.
const RECORD = `
with input as materialized (
	select nextval(pg_get_serial_sequence('events', 'id')) as id, i.*
	from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[])
		with ordinality as i (contact_id, name, properties, occurred_at, received_at, source, key, n)
), keyed as (
	insert into event_keys (source, key, event_id, created_at)
	select source, key, id, received_at from input where key is not null order by source, key, n
	on conflict do nothing
	returning event_id
), recorded as (
	insert into events (id, contact_id, name, properties, occurred_at, received_at, source)
	overriding system value
	select id, contact_id, name, properties::jsonb, occurred_at, received_at, source from input
	where key is null or id in (select event_id from keyed)
	returning id, received_at
), queued as (
	insert into event_queue (event_id, received_at) select id, received_at from recorded
)
select r.id from input i left join recorded r using (id) order by i.n`;

/**
 * Records `events` in their order and wakes the router. The answer keeps that order; `id` is null where the key had been
 * used before, by this source, and then nothing was written for it.
 */
export async function recordEvents(
	tx: Tx,
	events: readonly RecordedEvent[]
): Promise<{ id: number | null }[]> {
	if (events.length === 0) return [];
	const { rows } = await tx.query<{ id: number | null }>(RECORD, [
		events.map((event) => event.contactId),
		events.map((event) => event.name),
		events.map((event) => JSON.stringify(event.properties)),
		events.map((event) => new Date(event.occurredAt)),
		events.map((event) => new Date(event.receivedAt)),
		events.map((event) => event.source),
		events.map((event) => event.key ?? null)
	]);
	if (rows.some((row) => row.id !== null)) await enqueueRoute(tx);
	return rows;
}

/** The events that hold these keys, in the order asked; null where a key is not used. */
export async function findEventsByKey(
	tx: Tx,
	keys: readonly { source: string; key: string }[]
): Promise<(number | null)[]> {
	if (keys.length === 0) return [];
	const { rows } = await tx.query<{ id: number | null }>(
		`select k.event_id as id from unnest($1::text[], $2::text[]) with ordinality as i (source, key, n)
		left join event_keys k using (source, key) order by i.n`,
		[keys.map((each) => each.source), keys.map((each) => each.key)]
	);
	return rows.map((row) => row.id);
}
