import type { Plan } from './plan.ts';
import { isByMachine, passes } from './where/evaluate.ts';
import { compare } from './where/compare.ts';
import { propertyAt } from './text.ts';
import type { EventFact } from './world.ts';
import { firstZone } from './zone.ts';

/** An open wait as the router knows it. */
export interface OpenWait {
	trigger: Record<string, unknown>;
	arrivedAt: number;
	/** The last event before the arrival: at the same instant, only what came after it counts. */
	afterEventId?: number | null;
	/** The time-out; an event at that very moment has happened, one later has not. */
	dueAt?: number | null;
	/** The contact's zone, for conditions on calendar days. */
	zone?: string | null;
}

/** Whether an event ends a wait at a step: its name, its time, its properties, and the one it must be the same as. */
export function matchesWait(plan: Plan, stepId: string, event: EventFact, wait: OpenWait): boolean {
	const step = Object.hasOwn(plan.steps, stepId) ? plan.steps[stepId] : undefined;
	if (step?.kind !== 'wait.event' || step.config.event !== event.name || isByMachine(event)) return false;
	if (!isInTime(event, wait)) return false;
	const moment = { now: event.occurredAt, zone: firstZone(wait.zone, plan.settings.timezone) };
	if (!passes(step.config.match, event.properties, moment)) return false;
	const { same } = step.config;
	if (same === undefined) return true;
	const wanted = propertyAt(wait.trigger, same);
	return compare(propertyAt(event.properties, same), { op: '=', value: wanted }, null, moment);
}

function isInTime(event: EventFact, wait: OpenWait): boolean {
	if (typeof wait.dueAt === 'number' && event.occurredAt > wait.dueAt) return false;
	if (event.occurredAt !== wait.arrivedAt) return event.occurredAt > wait.arrivedAt;
	return typeof wait.afterEventId === 'number' && event.id > wait.afterEventId;
}
