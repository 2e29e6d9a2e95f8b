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
import { doorFault, withOneMore } from './admission.ts';
import { branchByChance } from './chance.ts';
import { convertTo } from './convert.ts';
import { render, renderValue, isTemplate, type RenderFacts } from './render.ts';
import { endOf, isTimeOfDay, type End } from './until.ts';
import type { Plan, PlanStep, PlanStepOf } from './plan.ts';
import { arrivalsAt, type Decision, type Run } from './run.ts';
import { send } from './send.ts';
import { matchesWait } from './waits.ts';
import { evaluateWithReads } from './where/evaluate.ts';
import { withAttributes, type Read, type World } from './world.ts';

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
		leftAt: state.leftAt,
		marketingSentAt: world.marketingSentAt
	};
	const first = findStep(plan, state.step);
	if (!first) return finish(run, { kind: 'end', state: 'failed', reason: 'step-missing' });
	if (!state.standing) return proceed(run, state.step);
	run.visits.push({ step: state.step, at: state.arrivedAt, outcome: null, reason: null, continues: true });
	return settle(run, wake.kind === 'arrived' ? act(run, first) : resume(run, first, wake));
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
		const decision = act(run, entered);
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
	if (step.kind === 'wait.until' && outcome === 'next' && isTimeOfDay(step.config)) {
		run.leftAt = { ...run.leftAt, [step.id]: run.now };
	}
	return next === null && fallsThrough(step, outcome) ? (step.outcomes['next'] ?? null) : next;
}

function fallsThrough({ kind }: PlanStep, outcome: string): boolean {
	switch (kind) {
		case 'send.email':
		case 'send.text':
			return outcome === 'blocked' || outcome === 'failed';
		case 'webhook.call':
			return outcome === 'failed';
		case 'journey.enter':
			return outcome === 'refused';
		default:
			return false;
	}
}

/** What a step does at the arrival, unless it is switched off. */
function act(run: Run, step: PlanStep): Decision {
	return step.disabled ? { kind: 'leave', outcome: 'next' } : visit(run, step);
}

function visit(run: Run, step: PlanStep): Decision {
	switch (step.kind) {
		case 'trigger.time':
		case 'trigger.behavior':
		case 'trigger.transactional':
		case 'trigger.api':
		case 'trigger.segment':
		case 'trigger.manual':
			return { kind: 'leave', outcome: 'next' };
		case 'decide.if':
			return decide(run, step);
		case 'decide.match':
			return match(run, step);
		case 'decide.random': {
			const { plan, world } = run;
			return {
				kind: 'leave',
				outcome: branchByChance(step.config.branches, plan.slug, step.id, world.contact.id)
			};
		}
		case 'wait.for':
			return { kind: 'wait', for: 'time', until: addDuration(run.now, step.config.duration, run.zone) };
		case 'wait.until':
			return waitUntil(run, step);
		case 'wait.event':
			return awaitEvent(run, step);
		case 'wait.pace':
			run.effects.push({ kind: 'place', step: step.id, ...step.config });
			return { kind: 'wait', for: 'place' };
		case 'wait.approval':
			return awaitApproval(run, step);
		case 'send.email':
		case 'send.text':
			return send(run, step);
		case 'contact.update':
			return update(run, step);
		case 'segment.add':
		case 'segment.remove':
			return keepSegment(run, step);
		case 'webhook.call':
			return callWebhook(run, step);
		case 'notify.team':
			return notify(run, step);
		case 'journey.enter':
			return enterJourney(run, step);
		case 'exit':
			return { kind: 'end', state: 'exited', reason: step.config.reason ?? null };
	}
}

/** What a step does when its open visit wakes. */
function resume(run: Run, step: PlanStep, wake: Wake): Decision {
	switch (step.kind) {
		case 'wait.for':
		case 'wait.pace':
			return { kind: 'leave', outcome: 'next' };
		case 'wait.until':
			return { kind: 'leave', outcome: (wake.kind === 'due' && wake.outcome) || 'next' };
		case 'wait.approval':
			return { kind: 'leave', outcome: wake.kind === 'approval' ? wake.answer : 'timeout' };
		case 'webhook.call':
			return answerWebhook(run, step, wake.kind === 'webhook' ? wake : { answer: null });
		case 'wait.event':
			return wake.kind === 'event' || happenedMeanwhile(run, step)
				? { kind: 'leave', outcome: 'happened' }
				: { kind: 'leave', outcome: 'timeout' };
		case 'send.email':
		case 'send.text':
			if (wake.kind === 'handover') return { kind: 'leave', outcome: wake.outcome, reason: wake.reason };
			return send(run, step);
		default:
			return visit(run, step);
	}
}

function decide(run: Run, step: PlanStepOf<'decide.if'>): Decision {
	const { holds, reads } = evaluateWithReads(
		step.config.where,
		factsOf(run.plan, run.world, run.state),
		run.now
	);
	return { kind: 'leave', outcome: holds ? 'yes' : 'no', reads };
}

/** The first branch that holds; what the branches before it read is recorded too. */
function match(run: Run, step: PlanStepOf<'decide.match'>): Decision {
	const facts = factsOf(run.plan, run.world, run.state);
	const all: Read[] = [];
	for (const branch of step.config.branches) {
		const { holds, reads } = evaluateWithReads(branch.where, facts, run.now);
		all.push(...reads);
		if (holds) return { kind: 'leave', outcome: branch.id, reads: all };
	}
	return { kind: 'leave', outcome: 'else', reads: all };
}

function waitUntil(run: Run, step: PlanStepOf<'wait.until'>): Decision {
	const { at, outcome } = endOf(step.config, untilFacts(run, step.id), run.now);
	if (outcome === 'past' || at <= run.now) return { kind: 'leave', outcome };
	return { kind: 'wait', for: 'time', until: at };
}

function untilFacts({ plan, world, zone, state, leftAt }: Run, step: string) {
	const { attributes } = world.contact;
	return {
		zone,
		attributes,
		attributeTypes: plan.attributeTypes,
		trigger: state.trigger,
		leftAt: leftAt?.[step]
	};
}

/** When an open wait on a date ends, now that the date is another; null for any other step (§3). */
export function replan(plan: Plan, state: EnrollmentState, world: World, now: number): End | null {
	const step = findStep(plan, state.step);
	if (step?.kind !== 'wait.until' || step.config.date === undefined) return null;
	const { attributes } = world.contact;
	const { attributeTypes } = plan;
	const facts = { zone: zoneOf(plan, world), attributes, attributeTypes, trigger: state.trigger };
	return endOf(step.config, facts, now);
}

function renderFacts({ plan, world, zone, state }: Run): RenderFacts {
	return { contact: world.contact, trigger: state.trigger, journeyName: plan.name, zone };
}

function awaitApproval(run: Run, step: PlanStepOf<'wait.approval'>): Decision {
	const { by, ask, timeout } = step.config;
	const arrival = arrivalsAt(run.arrivals, step.id);
	const question = render(ask, renderFacts(run)) ?? '';
	run.effects.push({ kind: 'approval', step: step.id, arrival, by, ask: question });
	return { kind: 'wait', for: 'approval', until: addDuration(run.now, timeout, run.zone) };
}

/** All values are read before any is written; what can't be converted changes nothing (§3). */
function update(run: Run, step: PlanStepOf<'contact.update'>): Decision {
	const set: Record<string, unknown> = {};
	let isAllSet = true;
	for (const [key, value] of Object.entries(step.config.set)) {
		const given =
			typeof value === 'string' && isTemplate(value) ? renderValue(value, renderFacts(run)) : value;
		const converted =
			value === null ? null : convertTo(run.plan.attributeTypes[key] ?? null, given, run.zone);
		if (converted === undefined) isAllSet = false;
		else set[key] = converted;
	}
	change(run, step.id, set);
	return { kind: 'leave', outcome: 'next', reason: isAllSet ? null : 'not-convertible' };
}

/** What follows in this very run sees the new values. */
function change(run: Run, step: string, set: Record<string, unknown>): void {
	if (!Object.keys(set).length) return;
	run.effects.push({ kind: 'update', step, set });
	const { contact } = run.world;
	const kept = Object.entries({ ...contact.attributes, ...set }).filter(([, value]) => value !== null);
	run.world = { ...run.world, contact: withAttributes(contact, Object.fromEntries(kept)) };
}

function keepSegment(run: Run, step: PlanStepOf<'segment.add'> | PlanStepOf<'segment.remove'>): Decision {
	const { segment } = step.config;
	const to = step.kind === 'segment.add' ? 'add' : 'remove';
	run.effects.push({ kind: 'segment', step: step.id, segment, change: to });
	const { segments } = run.world;
	if (segments) {
		const others = segments.kept.filter((each) => each !== segment);
		run.world = {
			...run.world,
			segments: { ...segments, kept: to === 'add' ? [...others, segment] : others }
		};
	}
	return { kind: 'leave', outcome: 'next' };
}

function callWebhook(run: Run, step: PlanStepOf<'webhook.call'>): Decision {
	const { url, method, headers = {}, body } = step.config;
	const rendered = body === undefined ? null : render(body, renderFacts(run));
	if (body !== undefined && rendered === null)
		return { kind: 'leave', outcome: 'failed', reason: 'not-renderable' };
	const arrival = arrivalsAt(run.arrivals, step.id);
	run.effects.push({ kind: 'webhook', step: step.id, arrival, url, method, headers, body: rendered });
	return { kind: 'wait', for: 'webhook' };
}

function answerWebhook(
	run: Run,
	step: PlanStepOf<'webhook.call'>,
	{ answer, reason }: Pick<Extract<Wake, { kind: 'webhook' }>, 'answer' | 'reason'>
): Decision {
	if (!answer || answer.status < 200 || answer.status > 299)
		return { kind: 'leave', outcome: 'failed', reason: reason ?? null };
	const { save } = step.config;
	if (save === undefined) return { kind: 'leave', outcome: 'next' };
	const value = convertTo(run.plan.attributeTypes[save] ?? null, answer.body, run.zone);
	if (value === undefined) return { kind: 'leave', outcome: 'next', reason: 'not-convertible' };
	change(run, step.id, { [save]: value });
	return { kind: 'leave', outcome: 'next' };
}

function notify(run: Run, step: PlanStepOf<'notify.team'>): Decision {
	const message = render(step.config.message, renderFacts(run)) ?? '';
	const arrival = arrivalsAt(run.arrivals, step.id);
	run.effects.push({ kind: 'notify', step: step.id, arrival, to: step.config.to, message });
	return { kind: 'leave', outcome: 'next' };
}

/** The door is asked at the visit; the entry happens once this enrollment waits or ends. */
function enterJourney(run: Run, step: PlanStepOf<'journey.enter'>): Decision {
	const { journey, stay } = step.config;
	const { doors = {} } = run.world;
	const door = Object.hasOwn(doors, journey) ? doors[journey] : undefined;
	const reason = doorFault(door, journey, run.state.lineage ?? [run.plan.slug], run.now);
	if (!door || reason !== null) {
		const refused = reason ?? 'archived';
		run.effects.push({
			kind: 'refusal',
			step: step.id,
			journey,
			trigger: door?.trigger ?? '',
			reason: refused
		});
		return { kind: 'leave', outcome: 'refused', reason: refused };
	}
	const arrival = arrivalsAt(run.arrivals, step.id);
	const { trigger } = door;
	run.effects.push({ kind: 'enter', step: step.id, arrival, journey, trigger, payload: run.state.trigger });
	run.world = { ...run.world, doors: { ...doors, [journey]: withOneMore(door) } };
	return stay ? { kind: 'leave', outcome: 'next' } : { kind: 'end', state: 'moved', reason: null };
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
	const { leftAt } = run;
	const left = leftAt !== undefined && leftAt !== run.state.leftAt ? { leftAt } : {};
	const rest = { step, arrivedAt, arrivals, visitCount, ...left, visits, effects };
	if (decision.kind === 'end') {
		return { state: decision.state, reason: decision.reason, waitingFor: null, dueAt: null, ...rest };
	}
	const dueAt = 'until' in decision ? decision.until : null;
	return { state: 'waiting', reason: null, waitingFor: decision.for, dueAt, ...rest };
}
