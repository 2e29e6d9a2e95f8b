import type { AdvanceState, Awaited, Effect, EnrollmentState, Visit } from './enrollment.ts';
import { leaving } from './leaving.ts';
import type { Plan } from './plan.ts';
import type { Read, World } from './world.ts';

/** One wake in progress. */
export interface Run {
	plan: Plan;
	world: World;
	now: number;
	state: EnrollmentState;
	/** The contact's zone. */
	zone: string;
	step: string;
	arrivedAt: number;
	arrivals: Record<string, number>;
	visitCount: number;
	visits: Visit[];
	effects: Effect[];
	/** As the state's, with what this run adds; undefined while there is nothing. */
	leftAt: Record<string, number> | undefined;
	/** Marketing sent before and in this run: messages of one run count toward the cap too. */
	marketingSentAt: number[];
}

/** What a step decided about the open visit. */
export type Decision =
	| { kind: 'leave'; outcome: string; reason?: string | null; reads?: Read[] }
	| { kind: 'wait'; for: Extract<Awaited, 'time' | 'event' | 'approval'>; until: number }
	| { kind: 'wait'; for: Extract<Awaited, 'handover' | 'webhook' | 'place'> }
	| { kind: 'end'; state: AdvanceState; reason: string | null };

/** How often the enrollment was at a step before. */
export function arrivalsAt(arrivals: Record<string, number>, step: string): number {
	return Object.hasOwn(arrivals, step) ? (arrivals[step] ?? 0) : 0;
}

/** Whether exit rule or goal end the enrollment before the open step acts. */
export function endsBefore(run: Run): Decision | null {
	const state = leaving(run.plan, run.world, run.state, run.now);
	return state && { kind: 'end', state, reason: null };
}
