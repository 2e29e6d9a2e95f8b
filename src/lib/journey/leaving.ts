/** Exit rule and goal: what ends an enrollment from outside its steps (§5.4). */
import type { Goal, Where } from './document.ts';
import { addDuration } from './duration.ts';
import type { EnrollmentState } from './enrollment.ts';
import type { Plan } from './plan.ts';
import { evaluate, type Facts } from './where/evaluate.ts';
import type { EventFact, World } from './world.ts';
import { firstZone } from './zone.ts';

export type Entry = Pick<EnrollmentState, 'enteredAt' | 'trigger' | 'entryEventId'>;

/** The contact's zone, else the journey's, else the workspace's, else UTC. */
export function zoneOf(plan: Plan, world: World): string {
	return firstZone(world.contact.timezone, plan.settings.timezone, world.workspaceTimezone);
}

/** A condition's facts where it stands in a step. */
export function factsOf(plan: Plan, world: World, trigger: Record<string, unknown>): Facts {
	return {
		contact: world.contact,
		zone: zoneOf(plan, world),
		attributeTypes: plan.attributeTypes,
		phiAttributes: plan.phiAttributes,
		trigger,
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
	return typeof entry.entryEventId === 'number' && event.id > entry.entryEventId;
}

/** The events that exit rule and goal may see. */
function eventsSince(entry: Entry, events: EventFact[]): EventFact[] {
	if (!events.length) return events;
	const { entryEventId } = entry;
	const entering =
		typeof entryEventId === 'number' ? events.find((event) => event.id === entryEventId) : undefined;
	return events.filter((event) => event.id !== entryEventId && isAfterEntry(event, entry, entering));
}

function asksEvents(where: Where): boolean {
	if ('all' in where) return where.all.some(asksEvents);
	if ('any' in where) return where.any.some(asksEvents);
	return 'not' in where ? asksEvents(where.not) : 'event' in where;
}

function isReached(goal: Goal, facts: Facts, entry: Entry, now: number): boolean {
	const until = goal.within ? addDuration(entry.enteredAt, goal.within, facts.zone) : Infinity;
	const inTime = facts.events.filter((event) => event.occurredAt <= until);
	// Past its time a goal can only be reached by an event that came in time and is looked at late.
	if (now > until && !(asksEvents(goal) && inTime.length)) return false;
	return evaluate(goal, { ...facts, events: inTime }, now);
}

/** How the exit rule, then the goal, end an enrollment as the world is now, or null. */
export function leaving(plan: Plan, world: World, entry: Entry, now: number): 'exited' | 'converted' | null {
	const { exitWhen, goal } = plan.settings;
	if (!exitWhen && !goal) return null;
	const facts = factsOf(plan, { ...world, events: eventsSince(entry, world.events) }, entry.trigger);
	if (exitWhen && evaluate(exitWhen, facts, now)) return 'exited';
	return goal && isReached(goal, facts, entry, now) ? 'converted' : null;
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
	const state = leaving(plan, { ...world, events }, entry, now);
	return state && { state };
}
