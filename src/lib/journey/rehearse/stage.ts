/** Everything that a rehearsal keeps: people, journeys, passages, messages. No database, no clock but `now`. */
import type { Where } from '../document.ts';
import type { EnrollmentState, Awaited, Refusal, Visit } from '../enrollment.ts';
import type { Plan, PlanTrigger } from '../plan.ts';
import type {
	AttributeType,
	ConsentFact,
	ContactFact,
	Door,
	EventFact,
	MessageFact,
	Past,
	SegmentFacts,
	SuppressionFact,
	World
} from '../world.ts';
import { freePlaces } from '../places.ts';
import { firstZone } from '../zone.ts';
import type { Agenda, Due } from './agenda.ts';

export interface Person {
	/** Rank among all contacts by id, in code point order. */
	rank: number;
	fact: ContactFact;
	events: EventFact[];
	consents: ConsentFact[];
	suppressions: SuppressionFact[];
	marketingSentAt: number[];
	messages: SentMessage[];
	messageFacts: MessageFact[];
	/** Hand-kept segments. */
	kept: string[];
	/** The lineage of the step that set an attribute last. */
	lineageByAttribute: Map<string, readonly string[]>;
	/** The watched segments that the last evaluation found the contact in. */
	members: Set<string>;
	/** Active and waiting ones, in order of entry. */
	passages: Passage[];
	/** Hand-overs that are to fail, by `journey step` or ` step`. */
	failures: Map<string, number>;
	/** Planned entries by date and by silence, by the trigger's rank. */
	planned: Map<number, Due>;
	/** Occurrences that were asked already: `trigger occurrence`. */
	occurrences: Set<string>;
}

export interface Rehearsed {
	/** Rank among all journeys by slug, in code point order. */
	rank: number;
	slug: string;
	plan: Plan;
	state: 'live' | 'paused' | 'archived';
	triggers: Trigger[];
	/** The first manual trigger that is on, which other journeys come in by. */
	manual: string;
	/** Events that came while the journey was paused, in order. */
	heldEvents: { person: Person; event: EventFact }[];
	/** Entries with a place that ran out while the journey was paused. */
	overdue: { arrival: Arrival; place: number }[];
	pastByContact: Map<Person, Past>;
	/** Used keys, as `contact rank, key`. */
	keys: Set<string>;
	/** Places given by a step's pace or a trigger's limit, ascending. */
	places: Map<string, number[]>;
}

export interface Trigger {
	/** Rank among all triggers, by journey and document order. */
	rank: number;
	journey: Rehearsed;
	plan: PlanTrigger;
}

/** One enrollment. */
export interface Passage {
	/** Order of entry among all. */
	order: number;
	journey: Rehearsed;
	person: Person;
	trigger: Trigger;
	status:
		| 'active'
		| 'waiting'
		| 'completed'
		| 'converted'
		| 'exited'
		| 'moved'
		| 'stopped'
		| 'cancelled'
		| 'failed';
	reason: string | null;
	state: EnrollmentState;
	lineage: string[];
	visits: Visit[];
	messages: SentMessage[];
	messageFacts: MessageFact[];
	waitingFor: Awaited | null;
	dueAt: number | null;
	due: Due | null;
	dueOutcome: 'past' | undefined;
	/** The last event before the present wait began. */
	afterEventId: number;
}

export interface SentMessage {
	order: number;
	passage: Passage;
	step: string;
	channel: 'email' | 'text';
	at: number;
	state: 'sent' | 'blocked' | 'failed';
	reason: string | null;
	fact: MessageFact;
	isComplained: boolean;
	isUnsubscribed: boolean;
	/** How many goals are credited to it. */
	converted: number;
}

/** Somebody at a trigger's door. */
export interface Arrival {
	trigger: Trigger;
	person: Person;
	payload: Record<string, unknown>;
	eventId: number | null;
	key: string | null;
	/** The journeys whose steps caused it. */
	lineage: readonly string[];
}

export interface RefusalRow {
	journey: Rehearsed;
	person: Person;
	trigger: string;
	at: number;
	reason: Refusal;
}

export interface Stage {
	now: number;
	start: number;
	agenda: Agenda;
	people: Person[];
	journeys: Rehearsed[];
	journeyBySlug: Map<string, Rehearsed>;
	triggers: Trigger[];
	passages: Passage[];
	messages: SentMessage[];
	refusals: RefusalRow[];
	/** What effects let in; it enters when the causing enrollment waits or ends. */
	queue: Arrival[];
	segmentConditions: Record<string, Where | null>;
	attributeTypes: Record<string, AttributeType>;
	/** Segments that a trigger watches. */
	watched: string[];
	lastEventId: number;
	workspaceTimezone: string;
	frequencyCap: World['frequencyCap'];
	baa: boolean | undefined;
	/** Send steps whose messages are marketing, as `journey step`. */
	marketingSteps: Set<string>;
	webhookAnswers: Map<string, { status: number; body?: unknown }[]>;
}

/** The contact's zone, else the workspace's: what belongs to no journey counts in it. */
export function ownZone(stage: Stage, person: Person): string {
	return firstZone(person.fact.timezone, stage.workspaceTimezone);
}

/** The contact's zone in a journey: its own, else the journey's, else the workspace's. */
export function zoneIn(stage: Stage, journey: Rehearsed, person: Person): string {
	return firstZone(person.fact.timezone, journey.plan.settings.timezone, stage.workspaceTimezone);
}

/** The zone in which a journey's own windows count. */
export function journeyZone(stage: Stage, journey: Rehearsed): string {
	return firstZone(journey.plan.settings.timezone, stage.workspaceTimezone);
}

export function pastOf(journey: Rehearsed, person: Person): Past {
	let past = journey.pastByContact.get(person);
	if (!past) journey.pastByContact.set(person, (past = { entries: 0, active: 0, lastExitAt: null }));
	return past;
}

export function placesOf(journey: Rehearsed, step: string): number[] {
	let places = journey.places.get(step);
	if (!places) journey.places.set(step, (places = []));
	return places;
}

export function segmentFactsOf(stage: Stage, person: Person): SegmentFacts {
	return {
		conditions: stage.segmentConditions,
		kept: person.kept,
		events: person.events,
		messages: person.messageFacts,
		zone: ownZone(stage, person)
	};
}

/** The world at a visit of a passage or, without one, at a trigger's door, where all the contact's messages count. */
export function worldOf(stage: Stage, person: Person, journey: Rehearsed, passage: Passage | null): World {
	return {
		contact: person.fact,
		workspaceTimezone: stage.workspaceTimezone,
		events: person.events,
		messages: passage ? passage.messageFacts : person.messageFacts,
		consents: person.consents,
		suppressions: person.suppressions,
		marketingSentAt: person.marketingSentAt,
		frequencyCap: stage.frequencyCap,
		baa: stage.baa,
		...(journey.plan.reads.segments ? { segments: segmentFactsOf(stage, person) } : {}),
		...(journey.plan.reads.journeys ? { doors: doorsOf(stage, person, journey.plan.reads.journeys) } : {})
	};
}

function doorsOf(stage: Stage, person: Person, slugs: readonly string[]): Record<string, Door> {
	const doors: Record<string, Door> = {};
	for (const slug of slugs) {
		const journey = stage.journeyBySlug.get(slug);
		if (!journey) continue;
		const past = pastOf(journey, person);
		const { coming, taken } = onTheWay(stage, person, journey);
		const by = journey.triggers.find(({ plan }) => plan.step === journey.manual);
		const free = by && freeAt(stage, by);
		doors[slug] = {
			state: journey.state,
			trigger: journey.manual,
			reentry: journey.plan.settings.reentry,
			zone: zoneIn(stage, journey, person),
			past: { ...past, entries: past.entries + coming, active: past.active + coming },
			...(by && free !== undefined ? { free: free - (taken.get(by) ?? 0) } : {})
		};
	}
	return doors;
}

/** How many a trigger with a limit lets in now; undefined for one without. */
function freeAt(stage: Stage, { journey, plan }: Trigger): number | undefined {
	const { limit } = plan.config;
	return limit && freePlaces(placesOf(journey, plan.step), limit, journeyZone(stage, journey), stage.now);
}

/**
 * Who was let in at this very instant, by a visit or by a segment, is on the way: so many entries that the re-entry rule
 * is to see, and the places that they take. Whom a limit defers it does not see.
 */
function onTheWay(
	stage: Stage,
	person: Person,
	journey: Rehearsed
): { coming: number; taken: Map<Trigger, number> } {
	const taken = new Map<Trigger, number>();
	let coming = 0;
	for (const each of stage.queue) {
		const { trigger, key, lineage } = each;
		if (each.person !== person || trigger.journey !== journey || lineage.includes(journey.slug)) continue;
		const before = taken.get(trigger) ?? 0;
		if (before >= (freeAt(stage, trigger) ?? Infinity)) continue;
		taken.set(trigger, before + 1);
		if (key === null) coming++;
	}
	return { coming, taken };
}
