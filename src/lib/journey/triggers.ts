/** Who enters, and by what key (§3, triggers). */
import type { ConfigOf } from './document.ts';
import { factsOf } from './leaving.ts';
import type { Plan, PlanTrigger } from './plan.ts';
import { propertyAt } from './text.ts';
import { evaluate, isByMachine } from './where/evaluate.ts';
import type { EventFact, World } from './world.ts';

/** Whether an event admits the contact by this trigger. A condition's `trigger` paths are the incoming event's. */
export function matchesTrigger(plan: Plan, trigger: PlanTrigger, event: EventFact, world: World): boolean {
	if (trigger.disabled || trigger.kind === 'trigger.time' || !isItsEvent(plan, trigger, event)) return false;
	const { where } = trigger.config;
	return !where || evaluate(where, factsOf(plan, world, event.properties), event.occurredAt);
}

function isItsEvent(
	plan: Plan,
	trigger: Exclude<PlanTrigger, { kind: 'trigger.time' }>,
	event: EventFact
): boolean {
	switch (trigger.kind) {
		case 'trigger.transactional':
			return trigger.config.event === event.name && !isByMachine(event);
		case 'trigger.api':
			return `api.${trigger.config.name}` === event.name;
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
	return !audience || evaluate(audience, factsOf(plan, world, {}), now);
}

/**
 * The entry's own key: each distinct value enters once. Null where the trigger has none; `missing` where the event
 * lacks the property, and then it does not enter.
 */
export function entryKey(
	trigger: PlanTrigger,
	event: Pick<EventFact, 'properties'>
): { key: string } | 'missing' | null {
	if (trigger.kind === 'trigger.time' || trigger.config.key === undefined) return null;
	const value = propertyAt(event.properties, trigger.config.key);
	if (typeof value === 'string') return { key: value.normalize('NFC') };
	return typeof value === 'number' || typeof value === 'boolean' ? { key: String(value) } : 'missing';
}
