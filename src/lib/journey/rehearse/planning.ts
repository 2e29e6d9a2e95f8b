/** Entries by time: dates of contacts, recurrences, silence, and ignored emails (§3). */
import { addDuration } from '../duration.ts';
import { nextOccurrence } from '../occurrence.ts';
import { nextRecurrence } from '../recurrence.ts';
import { endsSilence } from '../silence.ts';
import { entryKey, isDateTrigger, isInAudience, matchesTrigger } from '../triggers.ts';
import type { EventFact } from '../world.ts';
import { parseInstant } from '../zone.ts';
import {
	journeyZone,
	worldOf,
	zoneIn,
	type Arrival,
	type Person,
	type SentMessage,
	type Stage,
	type Trigger
} from './stage.ts';

/** Lets somebody in at an instant; the play's loop gives it, so that planning knows nothing of passages. */
export type LetIn = (arrival: Arrival) => void;

// After everyone who is in already, and before nobody.
const AFTER_ALL = Infinity;

function addEntry(stage: Stage, trigger: Trigger, person: Person, at: number, act: () => void) {
	const { rank, journey } = trigger;
	return stage.agenda.add({
		at,
		since: at,
		journey: journey.rank,
		contact: person.rank,
		order: AFTER_ALL,
		trigger: rank,
		act
	});
}

/** An entry by time that falls due while the journey is paused is not made up. */
function letInByTime(stage: Stage, letIn: LetIn, arrival: Omit<Arrival, 'eventId' | 'key'>): void {
	const { trigger, person } = arrival;
	if (trigger.journey.state !== 'live' || person.fact.createdAt > stage.now) return;
	const world = worldOf(stage, person, trigger.journey, null);
	if (!isInAudience(trigger.journey.plan, trigger.plan, world, stage.now)) return;
	letIn({ ...arrival, eventId: null, key: null });
}

/** All that a published journey's triggers will do by time. */
export function planJourneys(stage: Stage, letIn: LetIn): void {
	for (const trigger of stage.triggers) {
		if (trigger.plan.kind !== 'trigger.time' || trigger.plan.disabled) continue;
		planRecurrence(stage, trigger, stage.start, letIn);
		for (const person of stage.people) {
			planDate(stage, trigger, person, [], letIn);
			planSilence(stage, trigger, person, letIn);
		}
	}
}

/** `at`, once, and `every`: at that instant all contacts are asked, each in its place of the order. */
function planRecurrence(stage: Stage, trigger: Trigger, from: number, letIn: LetIn): void {
	const at = recurrenceOf(stage, trigger, from);
	if (at === null) return;
	stage.agenda.add({
		at,
		since: at,
		journey: -1,
		contact: -1,
		order: 0,
		trigger: trigger.rank,
		act() {
			for (const person of stage.people) {
				addEntry(stage, trigger, person, at, () =>
					letInByTime(stage, letIn, { trigger, person, payload: {}, lineage: [] })
				);
			}
			planRecurrence(stage, trigger, at + 1, letIn);
		}
	});
}

function recurrenceOf(stage: Stage, { plan, journey }: Trigger, from: number): number | null {
	if (plan.kind !== 'trigger.time') return null;
	const { config } = plan;
	if ('every' in config) return nextRecurrence(config, journeyZone(stage, journey), stage.start, from);
	if ('date' in config || 'inactive' in config) return null;
	const at = parseInstant(config.at);
	return at !== null && at >= from ? at : null;
}

/** The next occurrence of a contact's date, from `from` on; what was planned before is off. */
function planDate(
	stage: Stage,
	trigger: Trigger,
	person: Person,
	lineage: readonly string[],
	letIn: LetIn,
	from = stage.now
): void {
	const { plan, rank, journey } = trigger;
	if (!isDateTrigger(plan)) return;
	const before = person.planned.get(rank);
	if (before) before.isOff = true;
	const { attributes } = person.fact;
	const value = Object.hasOwn(attributes, plan.config.date) ? attributes[plan.config.date] : undefined;
	const next = nextOccurrence(plan.config, value, zoneIn(stage, journey, person), from);
	if (!next) return;
	const due = addEntry(stage, trigger, person, next.at, () => {
		const occurrence = `${rank} ${next.occurrence}`;
		const isNew = !person.occurrences.has(occurrence);
		person.occurrences.add(occurrence);
		// Planned before anybody enters, for what an entry does may change the date again.
		if (plan.config.repeat === 'yearly') planDate(stage, trigger, person, lineage, letIn, next.at + 1);
		if (isNew) letInByTime(stage, letIn, { trigger, person, payload: { date: next.occurrence }, lineage });
	});
	person.planned.set(rank, due);
}

/** Plans anew what reads a changed attribute; the entry carries the lineage of the step that set it. */
export function planDatesAnew(
	stage: Stage,
	person: Person,
	keys: readonly string[],
	lineage: readonly string[],
	letIn: LetIn
): void {
	for (const trigger of stage.triggers) {
		if (trigger.plan.disabled || !isDateTrigger(trigger.plan)) continue;
		if (keys.includes(trigger.plan.config.date)) planDate(stage, trigger, person, lineage, letIn);
	}
}

/** After a silence: so long after the last such event, or after the contact was created. */
function planSilence(stage: Stage, trigger: Trigger, person: Person, letIn: LetIn): void {
	const { plan, rank, journey } = trigger;
	if (plan.kind !== 'trigger.time' || !('inactive' in plan.config)) return;
	const before = person.planned.get(rank);
	if (before) before.isOff = true;
	const { inactive } = plan.config;
	const last = person.events.reduce((latest, event) => {
		return endsSilence(inactive.event, event) ? Math.max(latest, event.occurredAt) : latest;
	}, -Infinity);
	const since = last === -Infinity ? person.fact.createdAt : last;
	const at = addDuration(since, inactive.for, zoneIn(stage, journey, person));
	if (at < stage.now) return;
	const due = addEntry(stage, trigger, person, at, () => {
		person.planned.delete(rank);
		letInByTime(stage, letIn, { trigger, person, payload: {}, lineage: [] });
	});
	person.planned.set(rank, due);
}

/** An event ends the silences that it counts for. */
export function planSilencesAnew(stage: Stage, person: Person, event: EventFact, letIn: LetIn): void {
	for (const trigger of stage.triggers) {
		const { plan } = trigger;
		if (plan.kind !== 'trigger.time' || plan.disabled || !('inactive' in plan.config)) continue;
		if (endsSilence(plan.config.inactive.event, event)) planSilence(stage, trigger, person, letIn);
	}
}

/** A delivered email that nobody opens or clicks within a trigger's time lets the contact in. */
export function planIgnored(stage: Stage, message: SentMessage, letIn: LetIn): void {
	if (message.channel !== 'email') return;
	for (const trigger of stage.triggers) {
		const { plan, journey } = trigger;
		if (plan.kind !== 'trigger.behavior' || plan.disabled || plan.config.event !== 'email.ignored') continue;
		const { for: length } = plan.config;
		if (length === undefined) continue;
		const { person } = message.passage;
		const at = addDuration(message.at, length, zoneIn(stage, journey, person));
		addEntry(stage, trigger, person, at, () => {
			const arrival = ignoredArrival(stage, trigger, message, length);
			if (arrival) letIn(arrival);
		});
	}
}

function ignoredArrival(
	stage: Stage,
	trigger: Trigger,
	message: SentMessage,
	length: string
): Arrival | null {
	const { passage, step, fact } = message;
	const { person } = passage;
	const { plan } = trigger.journey;
	if (trigger.journey.state !== 'live' || fact.deliveredAt === null) return null;
	if (fact.openedAt !== null || fact.clickedAt !== null) return null;
	const properties = { journey: passage.journey.slug, step, for: length };
	const event = { id: 0, name: 'email.ignored', occurredAt: stage.now, properties };
	if (!matchesTrigger(plan, trigger.plan, event, worldOf(stage, person, trigger.journey, null), stage.now))
		return null;
	const key = entryKey(trigger.plan, event);
	if (key === 'missing') return null;
	const { lineage } = passage;
	return { trigger, person, payload: properties, eventId: null, key: key?.key ?? null, lineage };
}
