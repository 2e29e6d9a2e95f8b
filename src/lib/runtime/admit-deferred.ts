/** Lets in those who came to a trigger's door before and were to come in later (`deferred.ts`). */
import type { Store } from '$lib/server/app.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { openDeferred } from '$lib/server/people/payloads.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';
import { WAS_CAUSED } from './claim.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump } from './door.ts';
import { admit, type Arrival } from './entry.ts';
import { lockContacts } from './inside.ts';
import { loadLiveJourneys, type LiveJourney } from './plans.ts';
import { ENTRY_UNREADABLE, PERSON_UNREADABLE } from './row-fault.ts';
import { setDeferredAside, type OnAside } from './set-aside.ts';

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
const WHO_IS_DUE = `select d.id, d.contact_id from (
	select d.id, d.contact_id, d.journey_id, d.has_place from deferred_entries d join journeys j on j.id = d.journey_id and j.state = 'live'
	where d.due_at <= $1 order by d.due_at, d.id limit $2
) d where d.has_place or not exists (
	select from enrollment_keys k join enrollments e on e.id = k.enrollment_id
	where k.contact_id = d.contact_id and k.journey_id = d.journey_id and e.due_at <= $1 and ${WAS_CAUSED}
)`;
const STILL_DUE = `select d.* from deferred_entries d join journeys j on j.id = d.journey_id and j.state = 'live'
	where d.id = any($2) and d.due_at <= $1 order by d.due_at, d.id for update of d`;

/** Lets in those whose place or turn has come; gives how many entries were looked at. `now` in ms since 1970. */
export async function admitDeferred(
	{ pool, vault }: Store,
	now: number,
	onAside: OnAside = () => {}
): Promise<number> {
	return inTransaction(pool, async (tx) => {
		const who = await tx.query<{ id: number; contact_id: number }>(WHO_IS_DUE, [new Date(now), AT_ONCE]);
		if (!who.rows.length) return 0;
		const people = who.rows.map((row) => row.contact_id);
		const contacts = await lockContacts(tx, vault, people);
		const { rows } = await tx.query<Row>(STILL_DUE, [new Date(now), who.rows.map((row) => row.id)]);
		const live = await loadLiveJourneys(tx, pool);
		const keys = await vault.keysToOpen(people);
		const aside: { id: number; journeyId: number; reason: string }[] = [];
		const arrivals = rows.flatMap((row): Arrival[] => {
			const version = live.find((each) => each.journeyId === row.journey_id);
			const trigger = version?.plan.triggers.find((each) => each.step === row.step && !each.disabled);
			const contact = contacts.get(row.contact_id);
			if (!version || !trigger || contact === undefined) return [];
			const payload = unlessSealed(() => openDeferred(keys, row));
			if (contact && payload) return [arrivalOf(row, version, trigger, contact.fact.timezone, payload)];
			const reason = contact ? ENTRY_UNREADABLE : PERSON_UNREADABLE;
			aside.push({ id: row.id, journeyId: row.journey_id, reason });
			return [];
		});
		await setDeferredAside(tx, aside, now);
		for (const { journeyId, reason } of aside) onAside({ kind: 'deferred', id: journeyId, reason });
		const done = rows.filter((row) => !aside.some(({ id }) => id === row.id));
		await tx.query('delete from deferred_entries where id = any($1)', [done.map((row) => row.id)]);
		const sheet = new CountSheet();
		const { admitted } = await admit(tx, vault, arrivals, sheet);
		await writeCounts(tx, sheet, shards.planner);
		if (admitted) await enqueuePump(tx);
		return who.rows.length;
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
