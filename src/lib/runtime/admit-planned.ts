/** Lets in those whose entry by time is due: planned dates and silences, ignored mails, runs, midnights, given places. */
import {
	entryKey,
	isDateTrigger,
	isInAudience,
	matchesTrigger,
	type EventFact,
	type PlanTrigger,
	type World
} from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { admitDeferred } from './admit-deferred.ts';
import { enqueuePump } from './door.ts';
import { admit, type Arrival } from './entry.ts';
import { loadFacts, worldOf } from './facts.ts';
import { lockContacts, type LockedContact } from './inside.ts';
import { admitMidnight } from './midnights.ts';
import { loadLiveJourneys, type LiveJourney } from './plans.ts';
import { PERSON_UNREADABLE } from './row-fault.ts';
import { admitRun, isRunTrigger } from './runs.ts';
import { setPlannedAside, type OnAside } from './set-aside.ts';
import { isSilenceTrigger, SILENCE } from './silences.ts';
import { loadWorkspaceFacts } from './workspace.ts';
import { dateTriggers, insertPlanned, occurrenceFor, type Planned } from './planned.ts';

const DUE_A_BATCH = 500;

interface DueRow {
	journey_id: number;
	step: string;
	contact_id: number;
	occurrence: string;
	due_at: Date;
	lineage: string[];
	tries: number;
}

/** Admits those whose planned entry is due, about 500 in one transaction; returns how many were looked at. */
export async function admitDue(store: Store, now: number, onAside?: OnAside): Promise<number> {
	return (
		(await admitMidnight(store, now)) ||
		(await admitRun(store, now, onAside)) ||
		(await admitEntries(store, now, onAside)) ||
		admitDeferred(store, now, onAside)
	);
}

async function admitEntries(
	{ pool, vault }: Store,
	now: number,
	onAside: OnAside = () => {}
): Promise<number> {
	return inTransaction(pool, async (tx) => {
		const contactIds = await whoHasDue(tx, now);
		if (!contactIds.length) return 0;
		const contacts = await lockContacts(tx, vault, contactIds);
		const due = await takeDue(tx, contactIds, now);
		const live = await loadLiveJourneys(tx, pool);
		const sheet = new CountSheet();
		const { arrivals, aside } = await arrivalsOf(tx, vault, due, contacts, live, now);
		await setPlannedAside(tx, aside, PERSON_UNREADABLE, now);
		for (const row of aside) onAside({ kind: 'planned', id: row.journey_id, reason: PERSON_UNREADABLE });
		const { admitted } = await admit(tx, vault, arrivals, sheet);
		await planNext(tx, due, contacts, live);
		await writeCounts(tx, sheet, shards.planner);
		if (admitted) await enqueuePump(tx);
		return contactIds.length;
	});
}

async function whoHasDue(tx: Tx, now: number): Promise<number[]> {
	const { rows } = await tx.query<{ contact_id: number }>(
		'select contact_id from planned_entries where due_at <= $1 order by due_at limit $2',
		[new Date(now), DUE_A_BATCH]
	);
	return [...new Set(rows.map((row) => row.contact_id))];
}

// After the contacts' locks, as everybody takes them. Entries of a paused journey that fall due are not made up (§5.5): they
// are taken, and admit nobody.
async function takeDue(tx: Tx, contactIds: number[], now: number): Promise<DueRow[]> {
	const { rows } = await tx.query<DueRow>(
		`delete from planned_entries where contact_id = any($2) and due_at <= $1
		 returning journey_id, step, contact_id, occurrence, due_at, lineage, tries`,
		[new Date(now), contactIds]
	);
	return rows.sort((a, b) => a.due_at.getTime() - b.due_at.getTime() || a.contact_id - b.contact_id);
}

interface AtDoor {
	row: DueRow;
	journey: LiveJourney;
	trigger: PlanTrigger;
	contact: LockedContact;
	/** What the entry brings along. */
	event: EventFact;
}

async function arrivalsOf(
	tx: Tx,
	vault: Vault,
	due: DueRow[],
	contacts: Map<number, LockedContact | null>,
	live: LiveJourney[],
	now: number
): Promise<{ arrivals: Arrival[]; aside: DueRow[] }> {
	const { atDoors, unreadable } = await whoIsDue(tx, due, contacts, live);
	const questions = atDoors.map(({ journey, contact }) => ({
		contactId: contact.id,
		enrollmentId: null,
		email: null,
		plan: journey.plan,
		for: 'conditions' as const
	}));
	const facts = await loadFacts(tx, vault, questions, now);
	const workspace = await loadWorkspaceFacts(tx);
	const isReadable = ({ contact }: AtDoor) => !facts.unreadable.has(contact.id);
	const arrivals = atDoors.filter(isReadable).flatMap((each) => {
		const { row, journey, trigger, contact, event } = each;
		const world = worldOf(facts, contact.fact, contact.id, null, workspace);
		const key = entryKey(trigger, event);
		if (!comesIn(each, world) || key === 'missing') return [];
		return [
			{
				version: journey,
				trigger,
				contactId: contact.id,
				zone: contact.fact.timezone ?? journey.zone,
				// One that was set aside begins when it is tried again.
				at: row.tries > 0 ? now : row.due_at.getTime(),
				cause: row.occurrence === SILENCE ? `silence:${row.due_at.getTime()}` : `due:${row.occurrence}`,
				key: key?.key ?? null,
				payload: event.properties,
				eventId: null,
				lineage: row.lineage,
				isByTime: true
			}
		];
	});
	const unasked = atDoors.filter((each) => !isReadable(each)).map(({ row }) => row);
	return { arrivals, aside: [...unreadable, ...unasked] };
}

async function whoIsDue(
	tx: Tx,
	due: DueRow[],
	contacts: Map<number, LockedContact | null>,
	live: LiveJourney[]
): Promise<{ atDoors: AtDoor[]; unreadable: DueRow[] }> {
	const ignored = await stillIgnored(tx, due);
	const unreadable: DueRow[] = [];
	const atDoors = due.flatMap((row) => {
		const journey = live.find((each) => each.journeyId === row.journey_id);
		const trigger = journey?.plan.triggers.find((each) => each.step === row.step);
		const contact = contacts.get(row.contact_id);
		if (!journey || !trigger || contact === undefined) return [];
		if (contact === null) {
			unreadable.push(row);
			return [];
		}
		const properties =
			trigger.kind === 'trigger.time' ? payloadOf(trigger, row) : ignoredFor(trigger, ignored, row);
		if (!properties) return [];
		const event = { id: 0, name: 'email.ignored', occurredAt: row.due_at.getTime(), properties };
		return [{ row, journey, trigger, contact, event }];
	});
	return { atDoors, unreadable };
}

function payloadOf(trigger: PlanTrigger, { occurrence }: DueRow): Record<string, unknown> {
	return isDateTrigger(trigger) ? { date: occurrence } : {};
}

function ignoredFor(
	{ config }: PlanTrigger,
	ignored: Map<string, Record<string, unknown>>,
	{ occurrence }: DueRow
): Record<string, unknown> | undefined {
	const message = ignored.get(occurrence);
	return message && { ...message, ...('for' in config ? { for: config.for } : {}) };
}

// A plan made from a date that changed meanwhile, or by a version that is no longer live, admits nobody: it was made anew.
function comesIn({ row, journey, trigger, contact, event }: AtDoor, world: World): boolean {
	if (isSilenceTrigger(trigger) || (isRunTrigger(trigger) && !trigger.disabled))
		return isInAudience(journey.plan, trigger, world, row.due_at.getTime());
	if (!isDateTrigger(trigger))
		return matchesTrigger(journey.plan, trigger, event, world, row.due_at.getTime());
	const planned = occurrenceFor(journey, trigger, contact, row.due_at.getTime());
	const isStill = planned?.occurrence === row.occurrence && planned.at === row.due_at.getTime();
	return isStill && isInAudience(journey.plan, trigger, world, row.due_at.getTime());
}

// An email is ignored while nobody opened or clicked it; what a machine did does not count.
async function stillIgnored(tx: Tx, due: DueRow[]): Promise<Map<string, Record<string, unknown>>> {
	const ids = due.flatMap((row) =>
		row.occurrence.startsWith('message:') ? [Number(row.occurrence.slice('message:'.length))] : []
	);
	if (!ids.length) return new Map();
	const { rows } = await tx.query<{ id: number; step: string; slug: string }>(
		`select m.id, m.step, j.slug from messages m join journey_versions v on v.id = m.version_id join journeys j on j.id = v.journey_id
		 where m.id = any($1) and m.state = 'sent' and m.opened_at is null and m.clicked_at is null and m.bounced_at is null`,
		[ids]
	);
	return new Map(rows.map((row) => [`message:${row.id}`, { journey: row.slug, step: row.step }]));
}

async function planNext(
	tx: Tx,
	due: DueRow[],
	contacts: Map<number, LockedContact | null>,
	live: LiveJourney[]
): Promise<void> {
	const planned: Planned[] = [];
	for (const row of due) {
		const journey = live.find((each) => each.journeyId === row.journey_id);
		const trigger = journey && dateTriggers(journey).find((each) => each.step === row.step);
		const contact = contacts.get(row.contact_id);
		if (!journey || !trigger || !contact || trigger.config.repeat !== 'yearly') continue;
		const next = occurrenceFor(journey, trigger, contact, row.due_at.getTime() + 1);
		if (next)
			planned.push({
				journeyId: row.journey_id,
				step: row.step,
				contactId: row.contact_id,
				occurrence: next.occurrence,
				at: next.at,
				lineage: row.lineage
			});
	}
	await insertPlanned(tx, planned);
}
