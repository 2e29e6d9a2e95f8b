/** Exit rule and goal: what ends an enrollment from outside its steps (§5.4). */
import type { Goal, Where } from './document.ts';
import { addDuration } from './duration.ts';
import type { EnrollmentState } from './enrollment.ts';
import type { Plan } from './plan.ts';
import { evaluate, type Facts } from './where/evaluate.ts';
import type { EventFact, MessageFact, World } from './world.ts';
import { firstZone } from './zone.ts';

export type Entry = Pick<EnrollmentState, 'enteredAt' | 'trigger' | 'entryEventId' | 'lastEventId'>;

/** The contact's zone, else the journey's, else the workspace's, else UTC. */
export function zoneOf(plan: Plan, world: World): string {
	return firstZone(world.contact.timezone, plan.settings.timezone, world.workspaceTimezone);
}

/** A condition's facts where it stands in a step; the payload of `entry` is read when the condition asks for it. */
export function factsOf(plan: Plan, world: World, entry: Pick<EnrollmentState, 'trigger'>): Facts {
	return {
		contact: world.contact,
		zone: zoneOf(plan, world),
		attributeTypes: plan.attributeTypes,
		phiAttributes: plan.phiAttributes,
		get trigger() {
			return entry.trigger;
		},
		events: world.events,
		messages: world.messages,
		consents: world.consents,
		segments: world.segments
	};
}

/** Whether an event is newer than the entry: later, or at the same instant and arrived after the entering event. */
function isAfterEntry(event: EventFact, entry: Entry, entering: EventFact | undefined): boolean {
	const since = entering?.occurredAt ?? entry.enteredAt;
	if (event.occurredAt !== since) return event.occurredAt > since;
	const last = entry.entryEventId ?? entry.lastEventId;
	return last !== undefined && event.id > last;
}

/** The events that exit rule and goal may see. */
function eventsSince(entry: Entry, events: EventFact[]): EventFact[] {
	if (!events.length) return events;
	const { entryEventId } = entry;
	const entering =
		typeof entryEventId === 'number' ? events.find((event) => event.id === entryEventId) : undefined;
	return events.filter((event) => event.id !== entryEventId && isAfterEntry(event, entry, entering));
}

/** Whether a condition asks nothing but what happened and when, so that it can be asked as of an instant that is past. */
function isOfThePast(where: Where): boolean {
	if ('all' in where) return where.all.every(isOfThePast);
	if ('any' in where) return where.any.every(isOfThePast);
	return 'not' in where ? isOfThePast(where.not) : 'event' in where || 'message' in where;
}

/** Past its time a goal can only be reached by what occurred in time and arrived late. */
function isReached(goal: Goal, facts: Facts, entry: Entry, now: number, event?: EventFact): boolean {
	const until = goal.within ? addDuration(entry.enteredAt, goal.within, facts.zone) : Infinity;
	const isLate = event ? event.occurredAt <= until : isOfThePast(goal);
	if (now > until && !isLate) return false;
	const inTime = { ...facts, events: facts.events.filter(({ occurredAt }) => occurredAt <= until) };
	if (now <= until) return evaluate(goal, inTime, now);
	return evaluate(goal, { ...inTime, messages: facts.messages.map((each) => asOf(each, until)) }, until);
}

function asOf(message: MessageFact, instant: number): MessageFact {
	const before = (at: number | null) => (at !== null && at <= instant ? at : null);
	const { openedAt, clickedAt, bouncedAt } = message;
	return {
		...message,
		openedAt: before(openedAt),
		clickedAt: before(clickedAt),
		bouncedAt: before(bouncedAt)
	};
}

/** How the exit rule, then the goal, end an enrollment as the world is now, or null. */
export function leaving(
	plan: Plan,
	world: World,
	entry: Entry,
	now: number,
	event?: EventFact
): 'exited' | 'converted' | null {
	const { exitWhen, goal } = plan.settings;
	if (!exitWhen && !goal) return null;
	const facts = factsOf(plan, { ...world, events: eventsSince(entry, world.events) }, entry);
	if (exitWhen && evaluate(exitWhen, facts, now)) return 'exited';
	return goal && isReached(goal, facts, entry, now, event) ? 'converted' : null;
}

/**
 * The same at an event of the contact, which `world.events` may or may not hold already. An event from before the
 * entry changes nothing; one that arrives late counts by when it occurred.
 */
export function afterEvent(
	plan: Plan,
	event: EventFact,
	world: World,
	entry: Entry,
	now: number
): { state: 'exited' | 'converted' } | null {
	if (event.id === entry.entryEventId) return null;
	const isKnown = world.events.some((each) => each.id === event.id);
	const events = isKnown ? world.events : [...world.events, event];
	const state = leaving(plan, { ...world, events }, entry, now, event);
	return state && { state };
}
