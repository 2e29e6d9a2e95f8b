/**
 * Entries that come later than their arrival: at the place that a trigger's limit gave, or when somebody who is just entering
 * the same journey has come to rest. The re-entry rule is asked again then, the audience not (§3).
 */
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { openDeferred, sealDeferred } from '$lib/server/people/payloads.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { WAS_CAUSED } from './claim.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump, enqueueAdmit } from './door.ts';
import { admit, type Arrival } from './entry.ts';
import { lockContacts } from './inside.ts';
import { exchangePlaces } from './places.ts';
import { loadLiveJourneys, type LiveJourney } from './plans.ts';

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

interface Row {
	id: number;
	journey_id: number;
	step: string;
	contact_id: number;
	due_at: Date;
	has_place: boolean;
	cause: string;
	key: string | null;
	payload_sealed: Buffer | null;
	event_id: number | null;
	lineage: string[];
}

const AT_ONCE = 500;

// Whoever is behind somebody waits until nothing that was set going in the journey is left to move.
const WHO_IS_DUE = `select distinct d.contact_id from (
	select d.contact_id, d.journey_id, d.has_place from deferred_entries d join journeys j on j.id = d.journey_id and j.state = 'live'
	where d.due_at <= $1 order by d.due_at, d.id limit $2
) d where d.has_place or not exists (
	select from enrollment_keys k join enrollments e on e.id = k.enrollment_id
	where k.contact_id = d.contact_id and k.journey_id = d.journey_id and e.due_at <= $1 and ${WAS_CAUSED}
)`;
const TAKE = `delete from deferred_entries d using journeys j
	where j.id = d.journey_id and j.state = 'live' and d.contact_id = any($2) and d.due_at <= $1 returning d.*`;

/** Lets in those whose place or turn has come; gives how many people were looked at. `now` in ms since 1970. */
export async function admitDeferred({ pool, vault }: Store, now: number): Promise<number> {
	return inTransaction(pool, async (tx) => {
		const who = await tx.query<{ contact_id: number }>(WHO_IS_DUE, [new Date(now), AT_ONCE]);
		if (!who.rows.length) return 0;
		const ids = who.rows.map((row) => row.contact_id);
		const contacts = await lockContacts(tx, vault, ids);
		const { rows } = await tx.query<Row>(TAKE, [new Date(now), ids]);
		rows.sort((one, other) => one.due_at.getTime() - other.due_at.getTime() || one.id - other.id);
		const live = await loadLiveJourneys(tx, pool);
		const keys = await vault.keysToOpen(ids);
		const arrivals = rows.flatMap((row): Arrival[] => {
			const version = live.find((each) => each.journeyId === row.journey_id);
			const trigger = version?.plan.triggers.find((each) => each.step === row.step);
			const contact = contacts.get(row.contact_id);
			if (!version || !trigger || !contact) return [];
			const payload = unlessSealed(() => openDeferred(keys, row));
			if (!payload) return [];
			return [arrivalOf(row, version, trigger, contact.fact.timezone, payload)];
		});
		const sheet = new CountSheet();
		const { admitted } = await admit(tx, vault, arrivals, sheet);
		await writeCounts(tx, sheet, shards.planner);
		if (admitted) await enqueuePump(tx);
		return ids.length;
	});
}

function arrivalOf(
	row: Row,
	version: LiveJourney,
	trigger: Arrival['trigger'],
	zone: string | null,
	payload: Record<string, unknown>
): Arrival {
	return {
		version,
		trigger,
		contactId: row.contact_id,
		zone: zone ?? version.zone,
		at: row.due_at.getTime(),
		cause: row.cause,
		key: row.key,
		isKeyMarked: true,
		payload,
		eventId: row.event_id,
		lineage: row.lineage,
		hasPlace: row.has_place,
		isByTime: row.has_place
	};
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
