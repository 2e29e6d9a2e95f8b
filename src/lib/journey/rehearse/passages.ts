/** Moves one passage: from a wake to where it waits or ends, with all that its steps do (§5.2). */
import { advance, replan } from '../advance.ts';
import type { Advance, Effect, Wake } from '../enrollment.ts';
import { isSend } from '../document.ts';
import { placeAfter, placesAnew } from '../places.ts';
import { evaluateSegments, queueEntries } from './membership.ts';
import { planDatesAnew, planIgnored, type LetIn } from './planning.ts';
import {
	journeyZone,
	pastOf,
	placesOf,
	worldOf,
	type Passage,
	type Person,
	type SentMessage,
	type Stage
} from './stage.ts';

type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

/** What passages need of the loop: how to wake later, and how planned entries come in. */
export interface Hands {
	letIn: LetIn;
	wake(passage: Passage, wake: Wake): void;
}

/** Runs a passage on. Hand-overs and webhooks are answered at the visit's instant, before anything else (§3). */
export function run(stage: Stage, hands: Hands, passage: Passage, first: Wake): void {
	if (passage.due) passage.due.isOff = true;
	for (let wake: Wake | null = first; wake;) {
		const world = worldOf(stage, passage.person, passage.journey, passage);
		const result = advance(passage.journey.plan, passage.state, wake, world, stage.now);
		takeVisits(passage, result);
		for (const effect of result.effects) apply(stage, hands, passage, effect);
		takeState(stage, passage, result);
		wake = passage.status === 'waiting' ? settle(stage, hands, passage, result) : null;
	}
}

function takeVisits(passage: Passage, { visits }: Advance): void {
	for (const visit of visits) {
		const last = passage.visits.at(-1);
		if (!visit.continues || !last) passage.visits.push(visit);
		else {
			last.outcome = visit.outcome;
			last.reason = visit.reason;
			if (visit.reads) last.reads = visit.reads;
		}
	}
}

function takeState(stage: Stage, passage: Passage, result: Advance): void {
	const { step, arrivedAt, arrivals, visitCount, leftAt } = result;
	const { state } = passage;
	passage.state = {
		...state,
		step,
		arrivedAt,
		arrivals,
		visitCount,
		standing: true,
		...(leftAt ? { leftAt } : {})
	};
	passage.waitingFor = result.waitingFor;
	passage.dueOutcome = undefined;
	passage.afterEventId = stage.lastEventId;
	if (result.state === 'converted') credit(passage, stage.now);
	if (result.state === 'waiting') passage.status = 'waiting';
	else end(stage, passage, result.state, result.reason);
}

/** A goal is credited to the last message before it (§5.4). */
export function credit(passage: Passage, at: number): void {
	const message = passage.messages.findLast(({ state, at: sentAt }) => state === 'sent' && sentAt <= at);
	if (message) message.converted++;
}

/** Ends a passage where it stands. A wait ended so keeps its outcome null. */
export function end(stage: Stage, passage: Passage, status: Passage['status'], reason: string | null): void {
	const { person, journey } = passage;
	passage.status = status;
	passage.reason = reason;
	passage.waitingFor = null;
	passage.dueAt = null;
	if (passage.due) passage.due.isOff = true;
	passage.due = null;
	person.passages = person.passages.filter((each) => each !== passage);
	const past = pastOf(journey, person);
	past.active--;
	past.lastExitAt = stage.now;
}

/** The wake that follows at this very instant, or null where the passage really waits. */
function settle(stage: Stage, hands: Hands, passage: Passage, result: Advance): Wake | null {
	switch (result.waitingFor) {
		case 'handover':
			return handOver(stage, hands, passage);
		case 'webhook':
			return { kind: 'webhook', answer: nextAnswer(stage, result.step) };
		case 'place': {
			const place = givePlace(stage, passage, result);
			if (place <= stage.now) return { kind: 'due' };
			waitUntil(stage, hands, passage, place);
			return null;
		}
		default:
			if (result.dueAt !== null) waitUntil(stage, hands, passage, result.dueAt);
			return null;
	}
}

/** The agenda wakes the passage then; a journey that is paused keeps it until the resume. */
export function waitUntil(stage: Stage, hands: Hands, passage: Passage, at: number): void {
	const { journey, person, order } = passage;
	if (passage.due) passage.due.isOff = true;
	passage.dueAt = at;
	const soonest = Math.max(at, stage.now);
	const wakeNow = () => {
		const outcome = passage.dueOutcome;
		hands.wake(passage, outcome ? { kind: 'due', outcome } : { kind: 'due' });
	};
	passage.due = stage.agenda.add({
		at: soonest,
		since: at,
		journey: journey.rank,
		contact: person.rank,
		order,
		trigger: -1,
		act() {
			if (journey.state === 'live') wakeNow();
		}
	});
}

/** Answers are given in order, for each step; the last repeats, and without any it is a plain 200. */
function nextAnswer(stage: Stage, step: string): { status: number; body?: unknown } {
	const answers = stage.webhookAnswers.get(step) ?? [];
	const next = answers.length > 1 ? answers.shift() : answers[0];
	return next ?? { status: 200 };
}

function givePlace(stage: Stage, passage: Passage, result: Advance): number {
	const effect = result.effects.find((each): each is EffectOf<'place'> => each.kind === 'place');
	if (!effect) return stage.now;
	const { journey } = passage;
	const places = placesOf(journey, effect.step);
	const place = placeAfter(places, effect, journeyZone(stage, journey), stage.now);
	places.push(place);
	return place;
}

/** Overdue places of a pace, given anew at the resume, in order of arrival (§5.5). */
export function givePlacesAnew(stage: Stage, hands: Hands, passages: Passage[]): void {
	const [first] = passages;
	const step = first && first.journey.plan.steps[first.state.step];
	if (!first || step?.kind !== 'wait.pace') return;
	const places = placesOf(first.journey, step.id);
	for (const { dueAt } of passages) if (dueAt !== null) places.splice(places.indexOf(dueAt), 1);
	const anew = placesAnew(places, passages.length, step.config, journeyZone(stage, first.journey), stage.now);
	places.push(...anew);
	places.sort((one, other) => one - other);
	const inOrder = passages.toSorted(
		(one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0) || one.state.arrivedAt - other.state.arrivedAt
	);
	inOrder.forEach((passage, index) => waitUntil(stage, hands, passage, anew[index] ?? stage.now));
}

function apply(stage: Stage, hands: Hands, passage: Passage, effect: Effect): void {
	const { person, lineage } = passage;
	switch (effect.kind) {
		case 'message':
			return addMessage(stage, passage, effect);
		case 'update':
			return update(stage, hands, passage, effect.set);
		case 'segment': {
			const others = person.kept.filter((each) => each !== effect.segment);
			person.kept = effect.change === 'add' ? [...others, effect.segment] : others;
			return queueEntries(stage, person, evaluateSegments(stage, person), lineage);
		}
		case 'enter': {
			const journey = stage.journeyBySlug.get(effect.journey);
			const trigger = journey?.triggers.find((each) => each.plan.step === effect.trigger);
			if (!trigger) return;
			const { payload } = effect;
			stage.queue.push({ trigger, person, payload, eventId: null, key: null, lineage });
			return;
		}
		case 'refusal': {
			const journey = stage.journeyBySlug.get(effect.journey);
			if (!journey) return;
			const { trigger, reason } = effect;
			stage.refusals.push({ journey, person, trigger, at: stage.now, reason });
			return;
		}
		// A rehearsal tells nobody and asks nobody: answers come from the scenario.
		case 'eventWait':
		case 'place':
		case 'approval':
		case 'webhook':
		case 'notify':
	}
}

function addMessage(stage: Stage, passage: Passage, effect: EffectOf<'message'>): void {
	const { person, journey } = passage;
	const fact = {
		journey: journey.slug,
		step: effect.step,
		sentAt: null,
		deliveredAt: null,
		openedAt: null,
		clickedAt: null,
		bouncedAt: null
	};
	const message: SentMessage = {
		order: stage.messages.length,
		passage,
		step: effect.step,
		channel: effect.channel,
		at: stage.now,
		state: effect.state === 'blocked' ? 'blocked' : 'failed',
		reason: effect.reason,
		fact,
		isComplained: false,
		isUnsubscribed: false,
		converted: 0
	};
	stage.messages.push(message);
	passage.messages.push(message);
	person.messages.push(message);
}

/** The message made last goes out at its visit's instant, unless the scenario lets its hand-over fail. */
function handOver(stage: Stage, hands: Hands, passage: Passage): Wake {
	const message = passage.messages.at(-1);
	const step = passage.journey.plan.steps[passage.state.step];
	if (!message || !step || !isSend(step))
		throw new Error('A passage stays for a hand-over that there is not.');
	if (takeFailure(passage.person, passage.journey.slug, message.step)) {
		const isTold = step.outcomes['failed'] !== null || step.outcomes['blocked'] !== null;
		return { kind: 'handover', outcome: isTold ? 'failed' : 'next', reason: null };
	}
	deliver(stage, hands, message);
	return { kind: 'handover', outcome: 'next', reason: null };
}

function takeFailure({ failures }: Person, journey: string, step: string): boolean {
	const key = [`${journey} ${step}`, ` ${step}`].find((each) => (failures.get(each) ?? 0) > 0);
	if (key === undefined) return false;
	failures.set(key, (failures.get(key) ?? 0) - 1);
	return true;
}

function deliver(stage: Stage, hands: Hands, message: SentMessage): void {
	const { passage, fact } = message;
	const { person, journey, lineage } = passage;
	message.state = 'sent';
	fact.sentAt = fact.deliveredAt = stage.now;
	passage.messageFacts.push(fact);
	person.messageFacts.push(fact);
	if (stage.marketingSteps.has(`${journey.slug} ${message.step}`)) person.marketingSentAt.push(stage.now);
	planIgnored(stage, message, hands.letIn);
	queueEntries(stage, person, evaluateSegments(stage, person), lineage);
}

function update(stage: Stage, hands: Hands, passage: Passage, set: Record<string, unknown>): void {
	const { person, lineage } = passage;
	const before = person.fact.attributes;
	const after = Object.fromEntries(
		Object.entries({ ...before, ...set }).filter(([, value]) => value !== null)
	);
	const changed = Object.keys(set).filter(
		(key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])
	);
	person.fact = { ...person.fact, attributes: after };
	if (!changed.length) return;
	for (const key of changed) person.lineageByAttribute.set(key, lineage);
	planDatesAnew(stage, person, changed, lineage, hands.letIn);
	for (const other of person.passages) if (other !== passage) followDate(stage, hands, other, changed);
	queueEntries(stage, person, evaluateSegments(stage, person), lineage);
}

/** A wait on an attribute follows it (§3). */
function followDate(stage: Stage, hands: Hands, passage: Passage, changed: readonly string[]): void {
	const step = passage.journey.plan.steps[passage.state.step];
	if (step?.kind !== 'wait.until' || step.config.date === undefined || !changed.includes(step.config.date))
		return;
	const { person, journey } = passage;
	const moved = replan(journey.plan, passage.state, worldOf(stage, person, journey, passage), stage.now);
	if (!moved) return;
	waitUntil(stage, hands, passage, moved.at);
	passage.dueOutcome = moved.outcome === 'past' ? 'past' : undefined;
}
