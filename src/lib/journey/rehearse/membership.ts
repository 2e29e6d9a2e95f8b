/** Entering and leaving segments: by evaluations at the contact's events and changes, and at midnight (§4). */
import type { Where } from '../document.ts';
import { DAY, dayOf, toInstant, toLocal } from '../zone.ts';
import { evaluate } from '../where/evaluate.ts';
import { ownZone, segmentFactsOf, type Arrival, type Person, type Stage, type Trigger } from './stage.ts';

export interface Change {
	segment: string;
	on: 'enter' | 'leave';
}

/** Evaluates the watched segments anew, and says which the contact has entered or left since the last time. */
export function evaluateSegments(stage: Stage, person: Person): Change[] {
	if (!stage.watched.length) return [];
	const changes: Change[] = [];
	for (const segment of stage.watched) {
		const is = isMember(stage, person, segment);
		if (is === person.members.has(segment)) continue;
		changes.push({ segment, on: is ? 'enter' : 'leave' });
		if (is) person.members.add(segment);
		else person.members.delete(segment);
	}
	return changes;
}

/** Whether the contact is in a segment as of now. */
export function isMember(stage: Stage, person: Person, segment: string): boolean {
	const facts = segmentFactsOf(stage, person);
	return evaluate(
		{ segment },
		{
			contact: person.fact,
			zone: facts.zone,
			attributeTypes: stage.attributeTypes,
			trigger: {},
			events: person.events,
			messages: person.messageFacts,
			consents: person.consents,
			segments: facts
		},
		stage.now
	);
}

/** Whether a segment trigger watches such a change. */
export function watches(trigger: Trigger, change: Change): boolean {
	const { plan } = trigger;
	if (plan.kind !== 'trigger.segment' || plan.disabled) return false;
	return plan.config.segment === change.segment && plan.config.on === change.on;
}

/** Puts what a step's change of a contact lets in into the queue. */
export function queueEntries(
	stage: Stage,
	person: Person,
	changes: Change[],
	lineage: readonly string[]
): void {
	for (const change of changes) {
		for (const trigger of stage.triggers) {
			if (watches(trigger, change)) stage.queue.push(segmentArrival(trigger, person, lineage));
		}
	}
}

export function segmentArrival(trigger: Trigger, person: Person, lineage: readonly string[]): Arrival {
	return { trigger, person, payload: {}, eventId: null, key: null, lineage };
}

/** Midnight of the contact's zone, again and again; `onChange` lets in. */
export function scheduleMidnights(stage: Stage, person: Person, onChange: (changes: Change[]) => void): void {
	const zone = ownZone(stage, person);
	const midnight = toInstant(zone, dayOf(toLocal(zone, stage.now)) + DAY);
	stage.agenda.add({
		at: midnight,
		since: midnight,
		journey: -1,
		contact: person.rank,
		order: 0,
		trigger: 0,
		act() {
			onChange(evaluateSegments(stage, person));
			scheduleMidnights(stage, person, onChange);
		}
	});
}

/**
 * The journeys whose steps set what a segment reads, or sent the messages it asks about: an entry that time alone brings
 * carries them (§6), as one by a date does.
 */
export function lineageOf(stage: Stage, person: Person, segment: string): string[] {
	const lineage = new Set<string>();
	const look = (where: Where, depth: number): void => {
		if (depth > 50) return;
		if ('all' in where) return where.all.forEach((part) => look(part, depth + 1));
		if ('any' in where) return where.any.forEach((part) => look(part, depth + 1));
		if ('not' in where) return look(where.not, depth + 1);
		if ('attribute' in where) {
			for (const slug of person.lineageByAttribute.get(where.attribute) ?? []) lineage.add(slug);
		} else if ('message' in where) {
			for (const { passage, state } of person.messages) {
				if (state === 'sent') for (const slug of passage.lineage) lineage.add(slug);
			}
		} else if ('segment' in where) {
			const condition = stage.segmentConditions[where.segment];
			if (condition) look(condition, depth + 1);
		}
	};
	look({ segment }, 0);
	return [...lineage];
}
