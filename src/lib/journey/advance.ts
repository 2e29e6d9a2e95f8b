/**
 * The interpreter. An enrollment that wakes runs through every step that does not wait, and the caller writes what
 * comes back in one transaction (§5.2). Nothing here reads a clock, a database or chance.
 *
 * A visit is opened by `arrive` and closed by `leave`; between them the step decides. A step either leaves by an
 * outcome, waits (time, event or hand-over), or ends the enrollment. An arrival over a step's bound opens no visit: it
 * goes along `repeat`, else the enrollment stops.
 */
import { addDuration } from './duration.ts';
import type { Advance, EnrollmentState, Wake } from './enrollment.ts';
import { factsOf, zoneOf } from './leaving.ts';
import type { Plan, PlanStep, PlanStepOf } from './plan.ts';
import { arrivalsAt, type Decision, type Run } from './run.ts';
import { send } from './send.ts';
import { matchesWait } from './waits.ts';
import { evaluateWithReads } from './where/evaluate.ts';
import type { World } from './world.ts';

/** No enrollment makes more visits, whatever the graph says (§6). */
export const MOST_VISITS = 1_000;

/** The enrollment after a wake: its new state, the visits it made, and the effects to write. */
export function advance(plan: Plan, state: EnrollmentState, wake: Wake, world: World, now: number): Advance {
	const run: Run = {
		plan,
		world,
		now,
		state,
		zone: zoneOf(plan, world),
		step: state.step,
		arrivedAt: state.arrivedAt,
		arrivals: { ...state.arrivals },
		visitCount: state.visitCount,
		visits: [],
		effects: [],
		marketingSentAt: world.marketingSentAt
	};
	const first = findStep(plan, state.step);
	if (!first) return finish(run, { kind: 'end', state: 'failed', reason: 'step-missing' });
	if (!state.standing) return proceed(run, state.step);
	run.visits.push({ step: state.step, at: state.arrivedAt, outcome: null, reason: null, continues: true });
	return settle(run, resume(run, first, wake));
}

function findStep(plan: Plan, id: string): PlanStep | undefined {
	return Object.hasOwn(plan.steps, id) ? plan.steps[id] : undefined;
}

/** Goes from step to step until one waits or the enrollment ends. */
function proceed(run: Run, target: string): Advance {
	let next: string | null = target;
	while (next !== null) {
		const entered = enter(run, next);
		if (!entered) return finish(run, { kind: 'end', state: 'stopped', reason: 'loop' });
		const decision = entered.disabled ? { kind: 'leave' as const, outcome: 'next' } : visit(run, entered);
		if (decision.kind !== 'leave') return finish(run, decision);
		next = leave(run, entered, decision);
	}
	return finish(run, { kind: 'end', state: 'completed', reason: null });
}

/** Ends or goes on after the visit that was open at the wake. */
function settle(run: Run, decision: Decision): Advance {
	if (decision.kind !== 'leave') return finish(run, decision);
	const step = findStep(run.plan, run.step);
	const next = step ? leave(run, step, decision) : null;
	return next === null ? finish(run, { kind: 'end', state: 'completed', reason: null }) : proceed(run, next);
}

/** Opens a visit at a step, or at the first one along `repeat` that may still be visited; null stops the enrollment. */
function enter(run: Run, target: string): PlanStep | null {
	const repeated = new Set<string>();
	for (let id: string | null = target; id !== null && run.visitCount < MOST_VISITS;) {
		const step = findStep(run.plan, id);
		if (!step || repeated.has(id)) return null;
		const before = arrivalsAt(run.arrivals, id);
		if (before < step.maxVisits) {
			openVisit(run, id, before + 1);
			return step;
		}
		repeated.add(id);
		id = step.outcomes['repeat'] ?? null;
	}
	return null;
}

function openVisit(run: Run, id: string, arrival: number): void {
	run.step = id;
	run.arrivedAt = run.now;
	run.arrivals[id] = arrival;
	run.visitCount++;
	run.visits.push({ step: id, at: run.now, outcome: null, reason: null });
}

/** Closes the open visit and says where it leads. What a message could not do never strands a contact (§3). */
function leave(run: Run, step: PlanStep, decision: Extract<Decision, { kind: 'leave' }>): string | null {
	const { outcome, reason, reads } = decision;
	const open = run.visits.at(-1);
	if (open) {
		open.outcome = outcome;
		open.reason = reason ?? null;
		if (reads) open.reads = reads;
	}
	const next = step.outcomes[outcome] ?? null;
	const fallsThrough = step.kind === 'send.email' && (outcome === 'blocked' || outcome === 'failed');
	return next === null && fallsThrough ? (step.outcomes['next'] ?? null) : next;
}

/** What a step does at the arrival. */
function visit(run: Run, step: PlanStep): Decision {
	switch (step.kind) {
		case 'trigger.time':
		case 'trigger.behavior':
		case 'trigger.transactional':
		case 'trigger.api':
			return { kind: 'leave', outcome: 'next' };
		case 'decide.if':
			return decide(run, step);
		case 'wait.for':
			return { kind: 'wait', for: 'time', until: addDuration(run.now, step.config.duration, run.zone) };
		case 'wait.event':
			return awaitEvent(run, step);
		case 'send.email':
			return send(run, step);
		case 'exit':
			return { kind: 'end', state: 'exited', reason: step.config.reason ?? null };
	}
}

/** What a step does when its open visit wakes. */
function resume(run: Run, step: PlanStep, wake: Wake): Decision {
	switch (step.kind) {
		case 'wait.for':
			return { kind: 'leave', outcome: 'next' };
		case 'wait.event':
			return wake.kind === 'event' || happenedMeanwhile(run, step)
				? { kind: 'leave', outcome: 'happened' }
				: { kind: 'leave', outcome: 'timeout' };
		case 'send.email':
			if (wake.kind === 'handover') return { kind: 'leave', outcome: wake.outcome, reason: wake.reason };
			return send(run, step);
		default:
			return visit(run, step);
	}
}

function decide(run: Run, step: PlanStepOf<'decide.if'>): Decision {
	const { holds, reads } = evaluateWithReads(
		step.config.where,
		factsOf(run.plan, run.world, run.state.trigger),
		run.now
	);
	return { kind: 'leave', outcome: holds ? 'yes' : 'no', reads };
}

function awaitEvent(run: Run, step: PlanStepOf<'wait.event'>): Decision {
	run.effects.push({ kind: 'eventWait', step: step.id, event: step.config.event });
	return { kind: 'wait', for: 'event', until: addDuration(run.now, step.config.timeout, run.zone) };
}

/** An event in time that nobody has looked at yet, at the time-out: it has happened (§5.10). */
function happenedMeanwhile(run: Run, step: PlanStepOf<'wait.event'>): boolean {
	const { arrivedAt, trigger } = run.state;
	const dueAt = addDuration(arrivedAt, step.config.timeout, run.zone);
	const wait = { trigger, arrivedAt, dueAt, zone: run.zone };
	return run.world.events.some((event) => matchesWait(run.plan, step.id, event, wait));
}

function finish(run: Run, decision: Exclude<Decision, { kind: 'leave' }>): Advance {
	const { step, arrivedAt, arrivals, visitCount, visits, effects } = run;
	const rest = { step, arrivedAt, arrivals, visitCount, visits, effects };
	if (decision.kind === 'end') {
		return { state: decision.state, reason: decision.reason, waitingFor: null, dueAt: null, ...rest };
	}
	const dueAt = decision.for === 'handover' ? null : decision.until;
	return { state: 'waiting', reason: null, waitingFor: decision.for, dueAt, ...rest };
}
