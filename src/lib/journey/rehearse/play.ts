/** Plays a scenario: one instant after the other, in the language's one order (§5.10). */
import type { Wake } from '../enrollment.ts';
import { afterEvent } from '../leaving.ts';
import { entryKey, matchesTrigger } from '../triggers.ts';
import { readsOfSegment } from '../segments.ts';
import { matchesWait } from '../waits.ts';
import type { EventFact } from '../world.ts';
import { deferAnew, drain, letIn } from './entries.ts';
import {
	evaluateSegments,
	lineageOf,
	scheduleMidnights,
	segmentArrival,
	watches,
	type Change
} from './membership.ts';
import { credit, end, givePlacesAnew, run, waitUntil, type Hands } from './passages.ts';
import { planJourneys, planSilencesAnew } from './planning.ts';
import { record } from './record.ts';
import { instantOf, isAboutJourney, type Scenario, type ScenarioEvent } from './scenario.ts';
import {
	worldOf,
	zoneIn,
	type Passage,
	type Person,
	type Rehearsed,
	type Stage,
	type Trigger
} from './stage.ts';

/** Plays all of a scenario on a stage that was set for it. */
export function play(stage: Stage, scenario: Scenario): void {
	const hands: Hands = {
		letIn: (arrival) => letIn(stage, hands, arrival),
		wake(passage, wake) {
			wakeUp(stage, hands, passage, wake);
		}
	};
	const people = new Map(stage.people.map((person) => [person.fact.id, person]));
	const events = scenario.events
		.map((event) => ({ event, at: instantOf(event.at) }))
		.toSorted((one, other) => one.at - other.at);
	const first = events.findIndex(({ at }) => at >= stage.start);
	const history = first < 0 ? events : events.slice(0, first);
	for (const { event, at } of history) {
		stage.now = at;
		const person = people.get(event.contact ?? '');
		if (person) record(stage, person, event);
	}
	stage.now = stage.start;
	publish(stage, hands);
	const until = instantOf(scenario.until);
	for (const { event, at } of events.slice(history.length)) {
		if (at > until) break;
		runUntil(stage, at, false);
		stage.now = at;
		if (isAboutJourney(event.name)) changeJourney(stage, hands, event);
		else happen(stage, hands, getPerson(people, event), event);
	}
	runUntil(stage, until, true);
	stage.now = until;
}

function getPerson(people: Map<string, Person>, { contact = '' }: ScenarioEvent): Person {
	const person = people.get(contact);
	if (!person) throw new Error('A scenario names a contact that it does not have.');
	return person;
}

/** Who is a member now has not entered; dates that are past are past. */
function publish(stage: Stage, hands: Hands): void {
	for (const person of stage.people) evaluateSegments(stage, person);
	planJourneys(stage, hands.letIn);
	const { watched, segmentConditions } = stage;
	if (!watched.some((segment) => readsOfSegment(segment, segmentConditions).clock)) return;
	for (const person of stage.people) {
		scheduleMidnights(stage, person, (changes) => enterBySegments(stage, hands, person, changes));
	}
}

/** Everything due before an instant; at the instant itself events come first, so only the end plays it too. */
function runUntil(stage: Stage, instant: number, inclusive: boolean): void {
	for (
		let next = stage.agenda.next();
		next < instant || (inclusive && next === instant);
		next = stage.agenda.next()
	) {
		const due = stage.agenda.take();
		if (!due) return;
		stage.now = Math.max(stage.now, due.at);
		due.act();
	}
}

function wakeUp(stage: Stage, hands: Hands, passage: Passage, wake: Wake): void {
	if (passage.status !== 'waiting') return;
	run(stage, hands, passage, wake);
	drain(stage, hands);
}

/** One event: recorded; then exit rules and goals; then waits; then triggers (§5.10). */
function happen(stage: Stage, hands: Hands, person: Person, told: ScenarioEvent): void {
	const event = record(stage, person, told);
	if (!event) return;
	const changes = evaluateSegments(stage, person);
	planSilencesAnew(stage, person, event, hands.letIn);
	for (const journey of stage.journeys) {
		if (journey.state === 'paused') journey.heldEvents.push({ person, event });
	}
	tell(stage, hands, person, event, changes, (journey) => journey.state === 'live');
}

function tell(
	stage: Stage,
	hands: Hands,
	person: Person,
	event: EventFact,
	changes: Change[],
	isTold: (journey: Rehearsed) => boolean
): void {
	const told = person.passages
		.filter((passage) => isTold(passage.journey))
		.toSorted((one, other) => one.journey.rank - other.journey.rank || one.order - other.order);
	for (const passage of told) leaveBy(stage, passage, event);
	for (const passage of told) endWait(stage, hands, passage, event);
	for (const trigger of stage.triggers) {
		if (!isTold(trigger.journey)) continue;
		enterByEvent(stage, hands, trigger, person, event);
		for (const change of changes) {
			if (watches(trigger, change)) letIn(stage, hands, segmentArrival(trigger, person, []));
		}
	}
}

/** Whom midnight alone lets in or out. */
function enterBySegments(stage: Stage, hands: Hands, person: Person, changes: Change[]): void {
	for (const trigger of stage.triggers) {
		for (const change of changes) {
			if (!watches(trigger, change)) continue;
			letIn(stage, hands, segmentArrival(trigger, person, lineageOf(stage, person, change.segment)));
		}
	}
}

function leaveBy(stage: Stage, passage: Passage, event: EventFact): void {
	if (passage.status !== 'waiting') return;
	const { journey, person, state } = passage;
	const world = worldOf(stage, person, journey, passage);
	// An event that a pause held is told after later ones came; it sees what it saw then.
	const events = world.events.filter((each) => each.id <= event.id);
	const left = afterEvent(journey.plan, event, { ...world, events }, state, stage.now);
	if (!left) return;
	if (left.state === 'converted') credit(passage, event.occurredAt);
	end(stage, passage, left.state, null);
}

function endWait(stage: Stage, hands: Hands, passage: Passage, event: EventFact): void {
	if (passage.status !== 'waiting') return;
	const { journey, person, state, waitingFor } = passage;
	if (waitingFor === 'approval' && event.name === 'approval.answered') {
		const { step, journey: named, answer } = event.properties;
		if (step !== state.step || (named !== undefined && named !== journey.slug)) return;
		if (!isWhileAsked(passage, event)) return;
		return wakeUp(stage, hands, passage, {
			kind: 'approval',
			answer: answer === 'approved' ? 'approved' : 'declined'
		});
	}
	if (waitingFor !== 'event') return;
	const { arrivedAt, trigger, step } = state;
	const { afterEventId, dueAt } = passage;
	const wait = { trigger, arrivedAt, afterEventId, dueAt, zone: zoneIn(stage, journey, person) };
	if (matchesWait(journey.plan, step, event, wait)) wakeUp(stage, hands, passage, { kind: 'event' });
}

/** An answer counts by when it was given: after the question, and not after its time. */
function isWhileAsked({ state, afterEventId, dueAt }: Passage, event: EventFact): boolean {
	if (dueAt !== null && event.occurredAt > dueAt) return false;
	const { arrivedAt } = state;
	return event.occurredAt === arrivedAt ? event.id > afterEventId : event.occurredAt > arrivedAt;
}

function enterByEvent(stage: Stage, hands: Hands, trigger: Trigger, person: Person, event: EventFact): void {
	const { journey, plan } = trigger;
	if (
		plan.disabled ||
		!matchesTrigger(journey.plan, plan, event, worldOf(stage, person, journey, null), stage.now)
	)
		return;
	const key = entryKey(plan, event);
	if (key === 'missing') return;
	letIn(stage, hands, {
		trigger,
		person,
		payload: event.properties,
		eventId: event.id,
		key: key?.key ?? null,
		lineage: []
	});
}

function changeJourney(stage: Stage, hands: Hands, { name, journey: slug = '' }: ScenarioEvent): void {
	const journey = stage.journeyBySlug.get(slug);
	if (!journey || journey.state === 'archived') return;
	if (name === 'journey.archived') archive(stage, journey);
	else if (name === 'journey.paused') journey.state = 'paused';
	else if (journey.state === 'paused') resume(stage, hands, journey);
}

function archive(stage: Stage, journey: Rehearsed): void {
	journey.state = 'archived';
	journey.heldEvents = [];
	journey.overdue = [];
	for (const passage of stage.passages) {
		if (passage.journey === journey && passage.status === 'waiting') end(stage, passage, 'cancelled', null);
	}
}

/**
 * Overdue places are given anew, in order, before anybody new asks for one; then events that came meanwhile count, then
 * waits that ran out meanwhile end (§5.5).
 */
function resume(stage: Stage, hands: Hands, journey: Rehearsed): void {
	journey.state = 'live';
	const overdue = stage.passages.filter(
		(passage) =>
			passage.journey === journey && passage.status === 'waiting' && (passage.dueAt ?? Infinity) <= stage.now
	);
	const byPace = Map.groupBy(overdue, ({ waitingFor, state }) =>
		waitingFor === 'place' ? state.step : null
	);
	for (const [step, passages] of byPace) {
		if (step !== null) givePlacesAnew(stage, hands, passages);
		else
			for (const passage of passages)
				if (passage.dueAt !== null) waitUntil(stage, hands, passage, passage.dueAt);
	}
	deferAnew(stage, hands, journey);
	for (const { person, event } of journey.heldEvents.splice(0)) {
		tell(stage, hands, person, event, [], (each) => each === journey);
	}
}
