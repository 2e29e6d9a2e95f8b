/**
 * Entries by time: planned once, when a journey is published or a date changes, and found by one indexed statement when
 * they are due. Nobody is scanned each minute.
 */
import type pg from 'pg';
import {
	isDateTrigger,
	nextOccurrence,
	type Change,
	type DateTrigger,
	type EventFact
} from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Db, type Tx } from '$lib/server/db/db.ts';
import { contactPages } from '$lib/server/people/contact-pages.ts';
import { factOf } from '$lib/server/people/contact-store.ts';
import { buildSegments } from './build-segments.ts';
import { letInAfter } from './changed-people.ts';
import { enqueueAdmit, enqueuePump } from './door.ts';
import { lockContacts, type LockedContact } from './inside.ts';
import { followDates } from './follow-dates.ts';
import { planMidnights } from './midnights.ts';
import { loadLiveJourneys, type LiveJourney } from './plans.ts';
import { planRuns } from './runs.ts';
import { isEnded, SILENCE, silencesOf, silenceTriggers, type Silent } from './silences.ts';
import {} from './workspace.ts';

/** Somebody's entry that time will bring. */
export interface Planned {
	journeyId: number;
	step: string;
	contactId: number;
	occurrence: string;
	at: number;
	/** The journeys whose steps caused it. */
	lineage: readonly string[];
}

/** A journey's triggers by a date of the contact that are on. */
export function dateTriggers(journey: LiveJourney): DateTrigger[] {
	return journey.plan.triggers.filter(
		(trigger): trigger is DateTrigger => isDateTrigger(trigger) && !trigger.disabled
	);
}

/** Plans a published journey's entries by date for every contact that has the date; what an older version planned goes. */
export async function planJourney(store: Store, journeyId: number, now: number): Promise<void> {
	const { pool } = store;
	const journey = (await loadLiveJourneys(pool, pool)).find((each) => each.journeyId === journeyId);
	// What is due already was planned right, and only waits to be admitted.
	await pool.query(
		`delete from planned_entries where journey_id = $1 and occurrence not like 'message:%' and due_at > $2`,
		[journeyId, new Date(now)]
	);
	await planRuns(pool, journeyId, journey, now);
	if (!journey) return;
	const silent = silenceTriggers(journey);
	if (dateTriggers(journey).length || silent.length)
		for await (const page of contactPages(store)) {
			const contacts = page.map((contact) => ({ id: contact.id, fact: factOf(contact) }));
			await plan(pool, [journey], contacts, now);
			for (const trigger of silent)
				await insertPlanned(pool, await silencesOf(pool, journey, trigger, page, now));
		}
	await planMidnights(pool, await buildSegments(store, now), now);
	await wakeAtNext(pool, now);
}

/** Plans anew for contacts who came or changed, and lets in whom the change took over a watched segment's border. */
export async function planContacts(
	store: Store,
	contactIds: number[],
	change: Change,
	now: number
): Promise<void> {
	const { pool, vault } = store;
	await inTransaction(pool, async (tx) => {
		const contacts = await lockContacts(tx, vault, contactIds);
		await followChanges(tx, pool, readable(contacts), now);
		await followZones(tx, pool, readable(contacts), now);
		if (await letInAfter(tx, store, contacts, change, now)) await enqueuePump(tx);
	});
	await wakeAtNext(pool, now);
}

/** After contacts changed, who are locked: their entries by date, and their open waits on a date, follow. */
export async function followChanges(
	tx: Tx,
	scope: pg.Pool,
	contacts: LockedContact[],
	now: number
): Promise<void> {
	await tx.query(
		`delete from planned_entries where contact_id = any($1) and occurrence not like 'message:%' and occurrence <> '${SILENCE}' and due_at > $2`,
		[contacts.map((contact) => contact.id), new Date(now)]
	);
	const live = await loadLiveJourneys(tx, scope);
	await plan(tx, live, contacts, now);
	await followDates(tx, scope, contacts, now);
}

/** A silence is counted in the contact's zone, or from when the contact came. One that ends now was let in, or is about to be. */
async function followZones(
	tx: Tx,
	scope: pg.Pool,
	contacts: readonly LockedContact[],
	now: number
): Promise<void> {
	const silent = contacts.map(({ id, fact }) => ({ id, timezone: fact.timezone, createdAt: fact.createdAt }));
	for (const journey of await loadLiveJourneys(tx, scope))
		for (const trigger of silenceTriggers(journey))
			await insertPlanned(tx, await silencesOf(tx, journey, trigger, silent, now + 1));
}

function readable(contacts: Map<number, LockedContact | null>): LockedContact[] {
	return [...contacts.values()].filter((contact) => contact !== null);
}

async function plan(db: Db, journeys: LiveJourney[], contacts: LockedContact[], now: number): Promise<void> {
	const planned: Planned[] = [];
	const lineages = await loadLineages(db, contacts);
	for (const journey of journeys)
		for (const trigger of dateTriggers(journey))
			for (const contact of contacts) {
				const next = occurrenceFor(journey, trigger, contact, now);
				if (next)
					planned.push({
						journeyId: journey.journeyId,
						step: trigger.step,
						contactId: contact.id,
						occurrence: next.occurrence,
						at: next.at,
						lineage: lineages.get(`${contact.id} ${trigger.config.date}`) ?? []
					});
			}
	await insertPlanned(db, planned);
}

/** Whose steps set an attribute last, by contact and key. */
async function loadLineages(db: Db, contacts: readonly LockedContact[]): Promise<Map<string, string[]>> {
	const { rows } = await db.query<{ contact_id: number; key: string; lineage: string[] }>(
		'select contact_id, key, lineage from attribute_lineages where contact_id = any($1)',
		[contacts.map((contact) => contact.id)]
	);
	return new Map(rows.map((row) => [`${row.contact_id} ${row.key}`, row.lineage]));
}

/** The next occurrence of a contact's date for a trigger, from `now` on (ms); null where there is none. */
export function occurrenceFor(
	journey: LiveJourney,
	trigger: DateTrigger,
	contact: LockedContact,
	now: number
) {
	const value = contact.fact.attributes[trigger.config.date];
	if (value === undefined || value === null) return null;
	return nextOccurrence(trigger.config, value, contact.fact.timezone ?? journey.zone, now);
}

/** Writes planned entries; one that is there already keeps its row and takes the new time. */
export async function insertPlanned(db: Db, planned: Planned[]): Promise<void> {
	if (!planned.length) return;
	await db.query(
		`insert into planned_entries (journey_id, step, contact_id, occurrence, due_at, lineage)
		 select journey_id, step, contact_id, occurrence, due_at, string_to_array(lineage, ' ')
		 from unnest($1::int[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[])
			as p (journey_id, step, contact_id, occurrence, due_at, lineage)
		 on conflict (journey_id, step, contact_id, occurrence) do update
			set due_at = excluded.due_at, lineage = excluded.lineage`,
		[
			planned.map((each) => each.journeyId),
			planned.map((each) => each.step),
			planned.map((each) => each.contactId),
			planned.map((each) => each.occurrence),
			planned.map((each) => new Date(each.at)),
			planned.map((each) => each.lineage.join(' '))
		]
	);
}

/** Plans anew the silences that these events of contacts, who are locked, have ended. */
export async function planSilencesAnew(
	db: Db,
	live: readonly LiveJourney[],
	told: readonly { contact: Silent; event: EventFact }[],
	now: number
): Promise<void> {
	const planned: Planned[] = [];
	for (const journey of live)
		for (const trigger of silenceTriggers(journey)) {
			const broken = told.filter(({ event }) => isEnded(trigger, [event])).map(({ contact }) => contact);
			if (!broken.length) continue;
			const people = [...new Map(broken.map((contact) => [contact.id, contact])).values()];
			planned.push(...(await silencesOf(db, journey, trigger, people, now)));
		}
	if (!planned.length) return;
	await insertPlanned(db, planned);
	await wakeAtNext(db, now);
}

/** Sets the alarm for the next planned entry. One of a paused journey rings too, and is taken then. */
export async function wakeAtNext(db: Db, now: number): Promise<void> {
	const { rows } = await db.query<{ next: Date | null }>(
		`select least(
			(select min(due_at) from planned_entries), (select min(due_at) from planned_runs),
			(select min(due_at) from segment_midnights),
			(select min(d.due_at) from deferred_entries d join journeys j on j.id = d.journey_id and j.state = 'live' where d.has_place)
		) as next`
	);
	const next = rows[0]?.next;
	if (next) await enqueueAdmit(db, Math.max(next.getTime(), now));
}
