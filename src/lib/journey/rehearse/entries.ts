/** Who comes in (§5.1): the loop guard, keys, the re-entry rule, and places of a trigger's limit. */
import { reentryFault } from '../admission.ts';
import type { Refusal } from '../enrollment.ts';
import { placeAfter, placesAnew } from '../places.ts';
import { run, type Hands } from './passages.ts';
import {
	journeyZone,
	pastOf,
	placesOf,
	zoneIn,
	type Arrival,
	type Passage,
	type Rehearsed,
	type Stage
} from './stage.ts';

/** Somebody arrives at a trigger: enters, is refused, or gets a place for later. Then what that let in, in order. */
export function letIn(stage: Stage, hands: Hands, arrival: Arrival): void {
	arrive(stage, hands, arrival);
	drain(stage, hands);
}

/** Lets in what the effects of steps asked for, first in, first out (§5.10). */
export function drain(stage: Stage, hands: Hands): void {
	for (let arrival = stage.queue.shift(); arrival; arrival = stage.queue.shift())
		arrive(stage, hands, arrival);
}

function arrive(stage: Stage, hands: Hands, arrival: Arrival): void {
	const { trigger } = arrival;
	// Entries by time and by segment that meet a closed door are not made up; other journeys are told at the visit.
	if (trigger.journey.state !== 'live') return;
	// Also whom a step's visit let in: what was queued before it may have entered meanwhile (§5.1).
	const fault = faultOf(stage, arrival);
	if (fault) return refuse(stage, arrival, fault);
	const { limit } = trigger.plan.config;
	const place = limit ? givePlace(stage, arrival, limit) : stage.now;
	if (place <= stage.now) enter(stage, hands, arrival);
	else defer(stage, hands, arrival, place);
}

function keyName({ person, key }: Arrival): string {
	return `${person.rank} ${key}`;
}

function faultOf(stage: Stage, arrival: Arrival): Refusal | null {
	const { trigger, person, lineage, key } = arrival;
	const { journey } = trigger;
	if (lineage.includes(journey.slug)) return 'loop';
	if (key !== null) return journey.keys.has(keyName(arrival)) ? 'duplicate-key' : null;
	return reentryFault(
		journey.plan.settings.reentry,
		pastOf(journey, person),
		zoneIn(stage, journey, person),
		stage.now
	);
}

function refuse(stage: Stage, { trigger, person }: Arrival, reason: Refusal): void {
	const { journey, plan } = trigger;
	stage.refusals.push({ journey, person, trigger: plan.step, at: stage.now, reason });
}

interface Limit {
	contacts: number;
	per: string;
}

function givePlace(stage: Stage, { trigger }: Arrival, limit: Limit): number {
	const { journey, plan } = trigger;
	const places = placesOf(journey, plan.step);
	const place = placeAfter(places, limit, journeyZone(stage, journey), stage.now);
	places.push(place);
	return place;
}

/** A deferred entry asks the rule again when it enters, and uses its key only then (§3). */
function defer(stage: Stage, hands: Hands, arrival: Arrival, place: number): void {
	const { trigger, person } = arrival;
	const { journey } = trigger;
	stage.agenda.add({
		at: place,
		since: place,
		journey: journey.rank,
		contact: person.rank,
		order: Infinity,
		trigger: trigger.rank,
		act() {
			if (journey.state === 'paused') journey.overdue.push({ arrival, place });
			if (journey.state !== 'live') return;
			const fault = faultOf(stage, arrival);
			if (fault) refuse(stage, arrival, fault);
			else enter(stage, hands, arrival);
			drain(stage, hands);
		}
	});
}

/** Overdue places of a trigger's limit, given anew at the resume, in order (§5.5). */
export function deferAnew(stage: Stage, hands: Hands, journey: Rehearsed): void {
	const overdue = journey.overdue.splice(0);
	for (const trigger of journey.triggers) {
		const mine = overdue.filter((each) => each.arrival.trigger === trigger);
		const { limit } = trigger.plan.config;
		if (!mine.length || !limit) continue;
		const places = placesOf(journey, trigger.plan.step);
		for (const { place } of mine) places.splice(places.indexOf(place), 1);
		const anew = placesAnew(places, mine.length, limit, journeyZone(stage, journey), stage.now);
		places.push(...anew);
		places.sort((one, other) => one - other);
		mine.forEach(({ arrival }, index) => defer(stage, hands, arrival, anew[index] ?? stage.now));
	}
}

function enter(stage: Stage, hands: Hands, arrival: Arrival): void {
	const { trigger, person, payload, eventId, lineage } = arrival;
	const { journey } = trigger;
	const past = pastOf(journey, person);
	past.entries++;
	past.active++;
	if (arrival.key !== null) journey.keys.add(keyName(arrival));
	const own = [...lineage, journey.slug];
	const passage: Passage = {
		order: stage.passages.length,
		journey,
		person,
		trigger,
		status: 'active',
		reason: null,
		state: {
			step: trigger.plan.step,
			arrivedAt: stage.now,
			arrivals: {},
			visitCount: 0,
			enteredAt: stage.now,
			trigger: payload,
			entryEventId: eventId,
			lastEventId: stage.lastEventId,
			lineage: own,
			standing: false
		},
		lineage: own,
		visits: [],
		messages: [],
		messageFacts: [],
		waitingFor: null,
		dueAt: null,
		due: null,
		dueOutcome: undefined,
		afterEventId: stage.lastEventId
	};
	stage.passages.push(passage);
	person.passages.push(passage);
	run(stage, hands, passage, { kind: 'start' });
}
