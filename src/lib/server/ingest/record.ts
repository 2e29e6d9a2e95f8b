/** Writes events down: the fact itself, its once-only key, and its place in the router's queue. */
import { enqueueRoute } from '$lib/runtime/door.ts';
import type { Tx } from '../db/db.ts';
import { marksOf } from '../people/marks.ts';
import { isSealed, sealProperties, type Columns } from '../people/payloads.ts';
import type { Vault } from '../seal/vault.ts';

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
	select i.*
	from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::bigint[], $9::bytea[])
		with ordinality as i (contact_id, name, properties, occurred_at, received_at, source, key, id, sealed, n)
), keyed as (
	insert into event_keys (source, key, event_id, created_at)
	select source, key, id, received_at from input where key is not null order by source, key, n
	on conflict do nothing
	returning event_id
), recorded as (
	insert into events (id, contact_id, name, properties, sealed, occurred_at, received_at, source)
	overriding system value
	select id, contact_id, name, properties::jsonb, sealed, occurred_at, received_at, source from input
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
	vault: Vault,
	events: readonly RecordedEvent[]
): Promise<{ id: number | null }[]> {
	if (events.length === 0) return [];
	const ids = await reserveEventIds(tx, events.length);
	const sealed = await sealAll(vault, events, ids);
	const { rows } = await tx.query<{ id: number | null }>(RECORD, [
		events.map((event) => event.contactId),
		events.map((event) => event.name),
		sealed.map((columns) => JSON.stringify(columns.plain)),
		events.map((event) => new Date(event.occurredAt)),
		events.map((event) => new Date(event.receivedAt)),
		events.map((event) => event.source),
		events.map((event) => keyOf(vault, event.key)),
		ids,
		sealed.map((columns) => columns.sealed)
	]);
	if (rows.some((row) => row.id !== null)) await enqueueRoute(tx);
	return rows;
}

/** Ids for events that are about to be written: what is sealed is bound to its row. */
export async function reserveEventIds(tx: Tx, count: number): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select nextval(pg_get_serial_sequence('events', 'id')) as id from generate_series(1, $1)`,
		[count]
	);
	return rows.map((row) => row.id);
}

/** The properties of `events`, whose ids are `ids`, as they stand in their columns. */
export async function sealAll(
	vault: Vault,
	events: readonly Pick<RecordedEvent, 'contactId' | 'source' | 'properties'>[],
	ids: readonly number[]
): Promise<Columns[]> {
	const people = events.filter(isSealed).map((event) => event.contactId);
	const keys = await vault.keysToSeal(people);
	return events.map((event, at) =>
		sealProperties(keys.find(event.contactId), { ...event, id: ids[at] ?? 0 })
	);
}

/** A key as it is kept. It is an integrator's text, and may name a patient. */
export function keyOf(vault: Vault, key: string | undefined): string | null {
	return key === undefined ? null : (marksOf(vault).eventKey.markOf(key)?.toString('base64url') ?? null);
}

/** The events that hold these keys, in the order asked; null where a key is not used. */
export async function findEventsByKey(
	tx: Tx,
	vault: Vault,
	keys: readonly { source: string; key: string }[]
): Promise<(number | null)[]> {
	if (keys.length === 0) return [];
	const { rows } = await tx.query<{ id: number | null }>(
		`select k.event_id as id from unnest($1::text[], $2::text[]) with ordinality as i (source, key, n)
		left join event_keys k using (source, key) order by i.n`,
		[keys.map((each) => each.source), keys.map((each) => keyOf(vault, each.key))]
	);
	return rows.map((row) => row.id);
}
