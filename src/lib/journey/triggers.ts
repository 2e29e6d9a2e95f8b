/** Who enters, and by what key (§3, triggers). */
import { timeFormOf, type ConfigOf, type TimeConfig } from './document.ts';
import { factsOf } from './leaving.ts';
import { validatePayload } from './payload.ts';
import type { Plan, PlanTrigger } from './plan.ts';
import { propertyAt } from './text.ts';
import { evaluate, isByMachine } from './where/evaluate.ts';
import type { EventFact, World } from './world.ts';

/** Whether an event admits the contact by this trigger. A condition's `trigger` paths are the incoming event's; it is asked as of `now`. */
export function matchesTrigger(
	plan: Plan,
	trigger: PlanTrigger,
	event: EventFact,
	world: World,
	now: number
): boolean {
	if (trigger.disabled || !isEventTrigger(trigger) || !isItsEvent(plan, trigger, event)) return false;
	const { where } = trigger.config;
	return !where || evaluate(where, factsOf(plan, world, { trigger: event.properties }), now);
}

/** A trigger that an event fires. */
export type EventTrigger = Extract<
	PlanTrigger,
	{ kind: 'trigger.behavior' | 'trigger.transactional' | 'trigger.api' }
>;

export function isEventTrigger(trigger: PlanTrigger): trigger is EventTrigger {
	return (
		trigger.kind === 'trigger.behavior' ||
		trigger.kind === 'trigger.transactional' ||
		trigger.kind === 'trigger.api'
	);
}

/** A trigger by time in the form that counts from a date of the contact. */
export type DateTrigger = Omit<Extract<PlanTrigger, { kind: 'trigger.time' }>, 'config'> & {
	config: TimeConfig<'date'>;
};

export function isDateTrigger(trigger: PlanTrigger): trigger is DateTrigger {
	return trigger.kind === 'trigger.time' && timeFormOf(trigger.config) === 'date';
}

function isItsEvent(plan: Plan, trigger: EventTrigger, event: EventFact): boolean {
	switch (trigger.kind) {
		case 'trigger.transactional':
			return trigger.config.event === event.name && !isByMachine(event);
		case 'trigger.api':
			// What the schema refuses is refused at the door already; this holds for events that came another way.
			return (
				`api.${trigger.config.name}` === event.name &&
				validatePayload(trigger.config.payload, event.properties) === null
			);
		case 'trigger.behavior':
			return isItsBehavior(plan, trigger.config, event);
	}
}

/** A step without a journey is one of this journey. An ignored email carries how long it was ignored in `for`. */
function isItsBehavior(plan: Plan, config: ConfigOf<'trigger.behavior'>, event: EventFact): boolean {
	if (config.event !== event.name || isByMachine(event)) return false;
	const { properties } = event;
	if (config.for !== undefined && properties['for'] !== undefined && properties['for'] !== config.for)
		return false;
	if (config.step !== undefined && properties['step'] !== config.step) return false;
	const journey = config.journey ?? (config.step === undefined ? undefined : plan.slug || undefined);
	return journey === undefined || properties['journey'] === journey;
}

/** Whether a contact is of a time trigger's audience now. */
export function isInAudience(plan: Plan, trigger: PlanTrigger, world: World, now: number): boolean {
	if (trigger.disabled) return false;
	const audience = trigger.kind === 'trigger.time' ? trigger.config.audience : undefined;
	return !audience || evaluate(audience, factsOf(plan, world, { trigger: {} }), now);
}

/**
 * The entry's own key: each distinct value enters once. Null where the trigger has none; `missing` where the event
 * lacks the property, and then it does not enter.
 */
export function entryKey(
	trigger: PlanTrigger,
	event: Pick<EventFact, 'properties'>
): { key: string } | 'missing' | null {
	if (!isEventTrigger(trigger) || trigger.config.key === undefined) return null;
	const value = propertyAt(event.properties, trigger.config.key);
	if (typeof value === 'string') return { key: value.normalize('NFC') };
	return typeof value === 'number' || typeof value === 'boolean' ? { key: String(value) } : 'missing';
}
