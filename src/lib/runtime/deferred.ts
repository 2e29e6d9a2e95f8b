/**
 * Entries that come later than their arrival: at the place that a trigger's limit gave, or when somebody who is just entering
 * the same journey has come to rest. The re-entry rule is asked again then, the audience not (§3).
 */
import type { Tx } from '$lib/server/db/db.ts';
import { sealDeferred } from '$lib/server/people/payloads.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { enqueueAdmit } from './door.ts';
import type { Arrival } from './entry.ts';
import { exchangePlaces } from './places.ts';
import type { LiveJourney } from './plans.ts';

export interface Deferred {
	arrival: Arrival;
	/** When it comes in, in ms. */
	at: number;
	/** False: it is behind somebody who is entering the same journey. */
	hasPlace: boolean;
}

/** Keeps entries for later; the alarm of entries rings for those that have a place. */
export async function deferEntries(tx: Tx, vault: Vault, deferred: readonly Deferred[]): Promise<void> {
	if (!deferred.length) return;
	const keys = await vault.keysToSeal(deferred.map(({ arrival }) => arrival.contactId));
	const column = <T>(of: (each: Deferred) => T) => deferred.map(of);
	await tx.query(
		`insert into deferred_entries (journey_id, step, contact_id, due_at, has_place, cause, key, payload_sealed, event_id, lineage)
		 select journey_id, step, contact_id, due_at, has_place, cause, key, payload, event_id, string_to_array(lineage, ' ')
		 from unnest($1::int[], $2::text[], $3::bigint[], $4::timestamptz[], $5::bool[], $6::text[], $7::text[], $8::bytea[], $9::bigint[], $10::text[])
			as d (journey_id, step, contact_id, due_at, has_place, cause, key, payload, event_id, lineage)
		 on conflict (journey_id, step, contact_id, cause) do nothing`,
		[
			column(({ arrival }) => arrival.version.journeyId),
			column(({ arrival }) => arrival.trigger.step),
			column(({ arrival }) => arrival.contactId),
			column(({ at }) => new Date(at)),
			column(({ hasPlace }) => hasPlace),
			column(({ arrival }) => arrival.cause),
			column(({ arrival }) => arrival.key),
			column(({ arrival }) => sealDeferred(keys.get(arrival.contactId), placeOf(arrival), arrival.payload)),
			column(({ arrival }) => arrival.eventId),
			column(({ arrival }) => arrival.lineage.join(' '))
		]
	);
	const first = Math.min(...deferred.filter(({ hasPlace }) => hasPlace).map(({ at }) => at));
	if (first < Infinity) await enqueueAdmit(tx, first);
}

function placeOf({ version, trigger, contactId, cause }: Arrival) {
	return { journey_id: version.journeyId, step: trigger.step, contact_id: contactId, cause };
}

/** Gives the places of a journey's limits that ran out while it was paused anew, in their order (§5.5). */
export async function deferAnew(tx: Tx, journey: LiveJourney, now: number): Promise<void> {
	for (const { step, config } of journey.plan.triggers) {
		if (!config.limit) continue;
		const { rows } = await tx.query<{ id: number; due_at: Date }>(
			`select id, due_at from deferred_entries where journey_id = $1 and step = $2 and has_place and due_at <= $3
			 order by due_at, id for update`,
			[journey.journeyId, step, new Date(now)]
		);
		if (!rows.length) continue;
		const of = { journeyId: journey.journeyId, step, zone: journey.zone, rule: config.limit };
		const overdue = rows.map((row) => row.due_at.getTime());
		const anew = await exchangePlaces(tx, of, overdue, now);
		await tx.query(
			'update deferred_entries d set due_at = u.at from unnest($1::bigint[], $2::timestamptz[]) as u (id, at) where d.id = u.id',
			[rows.map((row) => row.id), anew.map((at) => new Date(at))]
		);
	}
}
