/** What a rehearsal prints: the same bytes on every run (§9). */
import type { Diagnostic } from '../compile/diagnostic.ts';
import { isSend } from '../document.ts';
import { compareText } from '../text.ts';
import { reportOf, type StepReport } from './count.ts';
import { isMember } from './membership.ts';
import type { Scenario } from './scenario.ts';
import type { Passage, Stage } from './stage.ts';

export const TRACE_FORMAT = 'stepwell.trace/1';

export interface TraceEnrollment {
	journey: string;
	contact: string;
	state: string;
	reason: string | null;
	visits: { step: string; at: string; outcome: string | null; reason: string | null }[];
}

export interface TraceMessage {
	journey: string;
	contact: string;
	step: string;
	channel: 'email' | 'text';
	at: string;
	state: 'sent' | 'blocked' | 'held' | 'failed';
	reason: string | null;
}

export interface TraceRefusal {
	journey: string;
	contact: string;
	trigger: string;
	at: string;
	reason: string;
}

/** What came of a scenario. Instants are ISO 8601 in UTC with milliseconds. */
export interface Trace {
	format: typeof TRACE_FORMAT;
	diagnostics: Record<string, Diagnostic[]>;
	enrollments: TraceEnrollment[];
	messages: TraceMessage[];
	refusals: TraceRefusal[];
	contacts: { id: string; attributes: Record<string, unknown>; segments: string[] }[];
	report: Record<string, Record<string, StepReport>>;
}

type Diagnostics = Record<string, Diagnostic[]>;

/** The trace where a diagnostic stops the publish: nobody moved. */
export function stillTrace(scenario: Scenario, diagnostics: Diagnostics): Trace {
	return {
		format: TRACE_FORMAT,
		diagnostics,
		enrollments: [],
		messages: [],
		refusals: [],
		contacts: scenario.contacts.map(({ id, attributes = {} }) => ({ id, attributes, segments: [] })),
		report: {}
	};
}

/** The trace of a stage as it stands at the end. */
export function traceOf(stage: Stage, scenario: Scenario, diagnostics: Diagnostics): Trace {
	const people = new Map(stage.people.map((person) => [person.fact.id, person]));
	return {
		format: TRACE_FORMAT,
		diagnostics,
		enrollments: enrollmentsOf(stage),
		messages: messagesOf(stage),
		refusals: refusalsOf(stage),
		contacts: scenario.contacts.map(({ id }) => {
			const person = people.get(id);
			const segments = scenario.segments
				.map(({ slug }) => slug)
				.filter((slug) => person && isMember(stage, person, slug));
			return { id, attributes: person?.fact.attributes ?? {}, segments: segments.toSorted(compareText) };
		}),
		report: Object.fromEntries(stage.journeys.map((journey) => [journey.slug, reportOf(stage, journey)]))
	};
}

const iso = (instant: number) => new Date(instant).toISOString();

function enrollmentsOf(stage: Stage): TraceEnrollment[] {
	return stage.passages
		.toSorted(
			(one, other) =>
				one.state.enteredAt - other.state.enteredAt ||
				one.journey.rank - other.journey.rank ||
				one.person.rank - other.person.rank ||
				one.order - other.order
		)
		.map(({ journey, person, status, reason, visits }) => ({
			journey: journey.slug,
			contact: person.fact.id,
			state: status,
			reason,
			visits: visits.map((visit) => ({
				step: visit.step,
				at: iso(visit.at),
				outcome: visit.outcome,
				reason: visit.reason
			}))
		}));
}

interface Row {
	at: number;
	journey: number;
	person: number;
	order: number;
}

interface MessageRow extends Row {
	message: TraceMessage;
}

function messagesOf(stage: Stage): TraceMessage[] {
	const rows = [
		...stage.messages.map((message): MessageRow => {
			const { passage, step, channel, at, state, reason, order } = message;
			return {
				...rowOf(passage, at, order),
				message: { ...whose(passage), step, channel, at: iso(at), state, reason }
			};
		}),
		...stage.passages.flatMap((passage): MessageRow[] => heldOf(passage))
	];
	return rows
		.toSorted(
			(one, other) =>
				one.at - other.at ||
				one.journey - other.journey ||
				one.person - other.person ||
				compareText(one.message.step, other.message.step) ||
				one.order - other.order
		)
		.map((row) => row.message);
}

function rowOf({ journey, person }: Passage, at: number, order: number): Row {
	return { at, journey: journey.rank, person: person.rank, order };
}

function whose({ journey, person }: Passage): { journey: string; contact: string } {
	return { journey: journey.slug, contact: person.fact.id };
}

/** A message that quiet hours hold keeps its enrollment at the step; it was made when that arrived there. */
function heldOf(passage: Passage): MessageRow[] {
	const { status, waitingFor, state, journey } = passage;
	const step = journey.plan.steps[state.step];
	if (status !== 'waiting' || waitingFor !== 'time' || !step || !isSend(step)) return [];
	const at = state.arrivedAt;
	const channel = step.kind === 'send.text' ? 'text' : 'email';
	const message: TraceMessage = {
		...whose(passage),
		step: step.id,
		channel,
		at: iso(at),
		state: 'held',
		reason: null
	};
	return [{ ...rowOf(passage, at, Infinity), message }];
}

function refusalsOf(stage: Stage): TraceRefusal[] {
	return stage.refusals
		.map((refusal, order) => ({ refusal, order }))
		.toSorted(
			(one, other) =>
				one.refusal.at - other.refusal.at ||
				one.refusal.journey.rank - other.refusal.journey.rank ||
				one.refusal.person.rank - other.refusal.person.rank ||
				one.order - other.order
		)
		.map(({ refusal: { journey, person, trigger, at, reason } }) => ({
			journey: journey.slug,
			contact: person.fact.id,
			trigger,
			at: iso(at),
			reason
		}));
}

/** A trace as text: keys sorted by code point, two spaces, and a line end. */
export function printTrace(trace: Trace): string {
	return `${JSON.stringify(sorted(trace), null, 2)}\n`;
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).filter(([, each]) => each !== undefined);
	return Object.fromEntries(
		entries.toSorted(([one], [other]) => compareText(one, other)).map(([key, each]) => [key, sorted(each)])
	);
}
