/**
 * Triggers that ask everybody at one instant (`once`, `every`): one row says when, and how far the asking has come, so that
 * a run over a million people is many short transactions and goes on where a killed worker left it.
 */
import {
	isInAudience,
	nextRecurrence,
	parseInstant,
	type PlanTrigger,
	type World
} from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Db, type Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump } from './door.ts';
import { admit, type Arrival } from './entry.ts';
import { loadFacts, worldOf } from './facts.ts';
import { lockContacts, type LockedContact } from './inside.ts';
import { loadLiveJourneys, type LiveJourney } from './plans.ts';
import { PERSON_UNREADABLE } from './row-fault.ts';
import { setPlannedAside, type OnAside } from './set-aside.ts';
import { loadWorkspaceFacts } from './workspace.ts';

const PEOPLE_AT_ONCE = 500;

/** Plans the next instant of each such trigger of a journey, from `from` on (ms); those of an older version go. */
export async function planRuns(
	db: Db,
	journeyId: number,
	journey: LiveJourney | undefined,
	from: number
): Promise<void> {
	await db.query('delete from planned_runs where journey_id = $1 and due_at > $2', [
		journeyId,
		new Date(from)
	]);
	for (const trigger of journey?.plan.triggers ?? []) {
		const at = journey && nextRun(journey, trigger, from);
		if (at) await insertRun(db, journeyId, trigger.step, at);
	}
}

async function insertRun(db: Db, journeyId: number, step: string, at: number): Promise<void> {
	await db.query(
		`insert into planned_runs (journey_id, step, due_at) values ($1, $2, $3) on conflict (journey_id, step) do nothing`,
		[journeyId, step, new Date(at)]
	);
}

function nextRun(journey: LiveJourney, trigger: PlanTrigger, from: number): number | null {
	if (trigger.kind !== 'trigger.time' || trigger.disabled) return null;
	const { config } = trigger;
	if ('every' in config) return nextRecurrence(config, journey.zone, journey.publishedAt, from);
	if ('date' in config || 'inactive' in config) return null;
	const at = parseInstant(config.at);
	return at !== null && at >= from ? at : null;
}

/** A trigger that asks everybody at one instant. */
export function isRunTrigger({ kind, config }: PlanTrigger): boolean {
	return kind === 'trigger.time' && !('date' in config) && !('inactive' in config);
}

interface Run {
	journey_id: number;
	step: string;
	due_at: Date;
	after_contact_id: number;
}

/** Asks the next people of a run that is due; gives how many, 0 when no run is due. */
export async function admitRun(store: Store, now: number, onAside: OnAside = () => {}): Promise<number> {
	return inTransaction(store.pool, async (tx) => {
		const { rows } = await tx.query<Run>(
			'select * from planned_runs where due_at <= $1 order by due_at, journey_id, step limit 1 for update skip locked',
			[new Date(now)]
		);
		const [run] = rows;
		if (!run) return 0;
		const journey = (await loadLiveJourneys(tx, store.pool)).find(
			(each) => each.journeyId === run.journey_id
		);
		const trigger = journey?.plan.triggers.find((each) => each.step === run.step);
		// What falls due while a journey is paused is not made up (§5.5).
		const ids = journey && trigger ? await nextPeople(tx, run) : [];
		if (journey && trigger && ids.length) await ask(tx, store, { run, journey, trigger, ids }, now, onAside);
		else await endRun(tx, run, journey, trigger);
		return Math.max(ids.length, 1);
	});
}

async function nextPeople(tx: Tx, { after_contact_id, due_at }: Run): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		'select id from contacts where id > $1 and created_at <= $2 order by id limit $3',
		[after_contact_id, due_at, PEOPLE_AT_ONCE]
	);
	return rows.map((row) => row.id);
}

async function endRun(
	tx: Tx,
	run: Run,
	journey: LiveJourney | undefined,
	trigger: PlanTrigger | undefined
): Promise<void> {
	await tx.query('delete from planned_runs where journey_id = $1 and step = $2', [run.journey_id, run.step]);
	const next = journey && trigger && nextRun(journey, trigger, run.due_at.getTime() + 1);
	if (next) await insertRun(tx, run.journey_id, run.step, next);
}

interface Asking {
	run: Run;
	journey: LiveJourney;
	trigger: PlanTrigger;
	ids: number[];
}

async function ask(
	tx: Tx,
	{ vault }: Store,
	{ run, journey, trigger, ids }: Asking,
	now: number,
	onAside: OnAside
): Promise<void> {
	const at = run.due_at.getTime();
	const locked = await lockContacts(tx, vault, ids);
	const contacts = [...locked.values()].filter((contact) => contact !== null);
	const questions = contacts.map((contact) => ({
		contactId: contact.id,
		enrollmentId: null,
		email: null,
		plan: journey.plan,
		for: 'conditions' as const
	}));
	const facts = await loadFacts(tx, vault, questions, at);
	const workspace = await loadWorkspaceFacts(tx);
	const isReadable = (id: number) => locked.get(id) !== null && !facts.unreadable.has(id);
	const aside = [...locked.keys()].filter((id) => !isReadable(id));
	await setRunAside(tx, run, aside, now);
	for (const _ of aside) onAside({ kind: 'planned', id: run.journey_id, reason: PERSON_UNREADABLE });
	const comers = contacts.filter((contact) => {
		if (!isReadable(contact.id)) return false;
		const world: World = worldOf(facts, contact.fact, contact.id, null, workspace);
		return isInAudience(journey.plan, trigger, world, at);
	});
	const sheet = new CountSheet();
	const { admitted } = await admit(
		tx,
		vault,
		comers.map((contact) => arrivalOf(contact, journey, trigger, at)),
		sheet
	);
	await writeCounts(tx, sheet, shards.planner);
	await tx.query('update planned_runs set after_contact_id = $3 where journey_id = $1 and step = $2', [
		run.journey_id,
		run.step,
		ids.at(-1)
	]);
	if (admitted) await enqueuePump(tx);
}

// As an entry that was planned for them alone: it has the cause that the run would have given.
function setRunAside(tx: Tx, { journey_id, step, due_at }: Run, ids: number[], now: number): Promise<void> {
	const entries = ids.map((contact_id) => ({
		journey_id,
		step,
		contact_id,
		occurrence: String(due_at.getTime()),
		due_at,
		lineage: [],
		tries: 0
	}));
	return setPlannedAside(tx, entries, PERSON_UNREADABLE, now);
}

function arrivalOf(contact: LockedContact, journey: LiveJourney, trigger: PlanTrigger, at: number): Arrival {
	return {
		version: journey,
		trigger,
		contactId: contact.id,
		zone: contact.fact.timezone ?? journey.zone,
		at,
		cause: `due:${at}`,
		key: null,
		payload: {},
		eventId: null,
		lineage: [],
		isByTime: true
	};
}
