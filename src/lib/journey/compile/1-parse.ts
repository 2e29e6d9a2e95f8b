/** Phase 1: from anything at all to a draft whose every part fits the format, and what does not. */
import {
	LIMITS,
	STEP_KINDS,
	documentFrameSchema,
	edgeSchema,
	goalWithinSchema,
	settingsSchema,
	stepFrameSchema,
	type Edge,
	type JourneyDocument,
	type Settings,
	type Step,
	type StepKind
} from '../document.ts';
import { canDisable, outcomesOf } from '../kinds.ts';
import { upgrade } from '../upgrade.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';
import type { Draft, DraftEdge, DraftStep } from './draft.ts';
import { readWith, wrongType } from './issues.ts';
import { measure } from './measure.ts';
import { readConfig } from './read-config.ts';
import { isRecord, readWhere } from './read-where.ts';

export interface Parsed {
	/** Null where not even the frame could be read. */
	draft: Draft | null;
	/** Null where anything does not fit. */
	document: JourneyDocument | null;
	found: Diagnostic[];
}

/** Whether the input can be walked at all: a getter may throw, and what throws is no JSON. */
function tryMeasure(input: unknown): Diagnostic | null {
	try {
		return measure(input);
	} catch {
		return wrongType('', 'JSON');
	}
}

export function parse(input: unknown): Parsed {
	const oversize = tryMeasure(input);
	if (oversize) return { draft: null, document: null, found: [oversize] };
	return parseUpgraded(upgrade(input));
}

function parseUpgraded(input: unknown): Parsed {
	const found: Diagnostic[] = [];
	const frame = readWith(documentFrameSchema, input, '', found);
	const parts = frameParts(input);
	if (!parts)
		return { draft: null, document: null, found: found.length ? found : [wrongType('', 'a journey')] };
	const over = overLimit(parts);
	if (over) return { draft: null, document: null, found: [...found, over] };
	const settings = readSettings(parts.settings, found);
	const steps = parts.steps
		.map((step, index) => readStep(step, index, found))
		.filter((step) => step !== null);
	const edges = parts.edges
		.map((edge, index) => readEdge(edge, index, found))
		.filter((edge) => edge !== null);
	const name = frame?.name ?? '';
	const draft: Draft = { name, settings: settings ?? {}, steps, edges };
	return { draft, document: found.length ? null : documentOf(draft, parts.settings !== undefined), found };
}

function frameParts(input: unknown): { settings: unknown; steps: unknown[]; edges: unknown[] } | null {
	if (typeof input !== 'object' || input === null) return null;
	const { settings, steps, edges } = input as Record<string, unknown>;
	if (!Array.isArray(steps) || !Array.isArray(edges)) return null;
	return { settings, steps: Array.from(steps), edges: Array.from(edges) };
}

function overLimit(parts: { steps: unknown[]; edges: unknown[] }): Diagnostic | null {
	if (parts.steps.length > LIMITS.steps) {
		return diagnose(
			'format.limit',
			'/steps',
			'A journey holds at most 2,000 steps. Split it into several journeys.'
		);
	}
	if (parts.edges.length > LIMITS.edges) {
		return diagnose(
			'format.limit',
			'/edges',
			'A journey holds at most 4,000 connections. Split it into several journeys.'
		);
	}
	return null;
}

function documentOf(draft: Draft, hasSettings: boolean): JourneyDocument {
	return {
		format: 'stepwell.journey/1',
		name: draft.name,
		...(hasSettings ? { settings: draft.settings } : {}),
		steps: draft.steps.map((each) => each.step).filter((step) => step !== null),
		edges: draft.edges.map(({ from, outcome, to }) => ({ from, outcome, to }))
	};
}

function readSettings(input: unknown, found: Diagnostic[]): Settings | null {
	if (input === undefined) return {};
	const before = found.length;
	const settings = readWith(settingsSchema, input, '/settings', found);
	const { exitWhen, goal } = isRecord(input) ? input : {};
	if (isRecord(exitWhen)) readWhere(exitWhen, '/settings/exitWhen', found);
	if (isRecord(goal)) {
		const { within, ...where } = goal;
		readWhere(where, '/settings/goal', found);
		if (within !== undefined) readWith(goalWithinSchema, within, '/settings/goal/within', found);
	}
	return found.length === before ? settings : null;
}

function readEdge(input: unknown, index: number, found: Diagnostic[]): DraftEdge | null {
	if (isEdge(input)) return { from: input.from, outcome: input.outcome, to: input.to, index };
	const path = at('/edges', index);
	const own: Diagnostic[] = [];
	const edge = readWith(edgeSchema, input ?? null, path, own);
	// What an edge lacks is reported at the edge itself, for it has no place of its own on the canvas.
	for (const each of own) found.push(each.code === 'format.required' ? missingEnd(path, each.path) : each);
	return edge ? { ...edge, index } : null;
}

/** What the schema would say of nearly every edge, at a tenth of the time; it is asked about the others. */
function isEdge(input: unknown): input is Edge {
	if (!isRecord(input) || Object.keys(input).length !== 3) return false;
	return (
		typeof input['from'] === 'string' &&
		typeof input['outcome'] === 'string' &&
		typeof input['to'] === 'string'
	);
}

function missingEnd(path: string, missing: string): Diagnostic {
	const key = missing.slice(missing.lastIndexOf('/') + 1);
	return diagnose('format.required', path, `A connection lacks its “${key}”. Remove it and draw it again.`, {
		fix: { label: 'Remove the connection', patch: [{ op: 'remove', path }] }
	});
}

function readStep(input: unknown, index: number, found: Diagnostic[]): DraftStep | null {
	const path = at('/steps', index);
	const raw = rawFrame(input);
	const before = found.length;
	const frame = readWith(stepFrameSchema, input ?? null, path, found, raw?.id);
	if (raw?.kind) readConfig({ ...raw, kind: raw.kind }, path, found);
	if (frame?.disabled !== undefined && !canDisable(frame.kind)) found.push(cannotDisable(path, frame.id));
	if (!raw) return null;
	const step = frame && found.length === before ? (frame as Step) : null;
	const { label, maxVisits } = frame ?? {};
	const { id, kind, isTrigger } = raw;
	const disabled = frame?.disabled === true && canDisable(frame.kind);
	return { index, id, kind, isTrigger, outcomes: outcomesAt(raw), label, maxVisits, disabled, step };
}

/** The outcomes of a step; null where they can't be told, for then any may be one of its. */
function outcomesAt({ kind, config }: RawFrame): string[] | null {
	if (kind === null) return null;
	const branches = (config as { branches?: unknown } | null | undefined)?.branches;
	const hasBranches = kind === 'decide.match' || kind === 'decide.random';
	return hasBranches && !Array.isArray(branches) ? null : outcomesOf({ kind, config });
}

interface RawFrame {
	id: string;
	kind: StepKind | null;
	isTrigger: boolean;
	config: unknown;
}

/** What a step is and what it is called, though other parts of it may not fit. */
function rawFrame(input: unknown): RawFrame | null {
	if (typeof input !== 'object' || input === null) return null;
	const { id, kind, config } = input as Record<string, unknown>;
	if (typeof id !== 'string') return null;
	const isTrigger = typeof kind === 'string' && kind.startsWith('trigger.');
	return { id, kind: STEP_KINDS.find((known) => known === kind) ?? null, isTrigger, config };
}

function cannotDisable(path: string, step: string): Diagnostic {
	const place = at(path, 'disabled');
	const message = 'This step can not be turned off, for contacts could not pass it. Remove it instead.';
	const fix = { label: 'Keep it on', patch: [{ op: 'remove' as const, path: place }] };
	return diagnose('format.unknown-key', place, message, { step, fix });
}
