/** What a person does to a drawing. Each edit takes a document and returns the next one; nothing is changed in place. */
import type { StepKind } from '$lib/journey/index.ts';
import { branchesOf } from './branches.ts';
import {
	edgeKey,
	findEdge,
	findEdgeByKey,
	getStep,
	isTrigger,
	mainOutcomes,
	type DraftDocument,
	type DraftEdge,
	type DraftStep,
	type Point
} from './document.ts';
import { cardHeight, NODE_HEIGHT, NODE_WIDTH, ROW_GAP, SIBLING_GAP, spotNear } from './geometry.ts';

const idStems: Record<StepKind, string> = {
	'trigger.time': 'date',
	'trigger.behavior': 'behavior',
	'trigger.transactional': 'event',
	'trigger.api': 'call',
	'trigger.segment': 'segment',
	'trigger.manual': 'by-hand',
	'decide.if': 'if',
	'decide.match': 'ways',
	'decide.random': 'split',
	'wait.for': 'wait',
	'wait.until': 'wait-until',
	'wait.event': 'until',
	'wait.pace': 'turn',
	'wait.approval': 'approval',
	'send.email': 'email',
	'send.text': 'text',
	'contact.update': 'update',
	'segment.add': 'add',
	'segment.remove': 'remove',
	'notify.team': 'notify',
	'webhook.call': 'webhook',
	'journey.enter': 'enter',
	exit: 'exit'
};

function firstConfig(kind: StepKind): Record<string, unknown> {
	switch (kind) {
		case 'trigger.time':
			return { offset: 'P0D', at: '09:00', repeat: 'yearly' };
		case 'trigger.behavior':
			return { event: 'email.clicked' };
		case 'decide.if':
			return { where: { all: [] } };
		case 'wait.for':
			return { duration: 'P1D' };
		case 'wait.event':
			return { timeout: 'P7D' };
		case 'send.email':
		case 'send.text':
			return { purpose: 'operations' };
		case 'trigger.segment':
			return { on: 'enter' };
		case 'decide.match':
			return { branches: [{ id: 'first', where: { all: [] } }] };
		case 'decide.random':
			return {
				branches: [
					{ id: 'a', label: 'A', weight: 50 },
					{ id: 'b', label: 'B', weight: 50 }
				]
			};
		case 'wait.until':
			return { at: '09:00' };
		case 'wait.pace':
			return { contacts: 50, per: 'PT1H' };
		case 'wait.approval':
			return { timeout: 'P2D' };
		case 'contact.update':
			return { set: {} };
		case 'webhook.call':
			return { method: 'POST' };
		case 'notify.team':
			return { to: [] };
		case 'journey.enter':
			return { stay: true };
		case 'trigger.transactional':
		case 'trigger.api':
		case 'trigger.manual':
		case 'segment.add':
		case 'segment.remove':
		case 'exit':
			return {};
	}
}

function freeId(document: DraftDocument, stem: string): string {
	const taken = new Set(document.steps.map((step) => step.id));
	if (!taken.has(stem)) return stem;
	for (let number = 2; ; number++) if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** A changed document, and the step that was made. */
export interface Added {
	document: DraftDocument;
	id: string;
}

/** Adds a step that nothing leads to yet, at `at` or the nearest free place. */
export function addStep(document: DraftDocument, kind: StepKind, at: Point): Added {
	const id = freeId(document, idStems[kind]);
	const step: DraftStep = { id, kind, config: firstConfig(kind), position: spotNear(document.steps, at) };
	return { document: { ...document, steps: [...document.steps, step] }, id };
}

/**
 * Adds a step behind an outcome. What the outcome led to comes after the new step's first outcome; an exit has none, so
 * there the rest of the way is cut off.
 */
export function addAfter(
	document: DraftDocument,
	from: string,
	outcome: string,
	kind: StepKind,
	at?: Point
): Added {
	const before = findEdge(document, from, outcome);
	const room = before && !at ? makeRoom(document, before) : document;
	const added = addStep(room, kind, at ?? placeBehind(room, from, outcome, before));
	const rest = room.edges.filter((edge) => edge !== before);
	const edges: DraftEdge[] = [...rest, { from, outcome, to: added.id }];
	const onward = mainOutcomes(getStep(added.document, added.id))[0];
	if (before && onward) edges.push({ from: added.id, outcome: onward, to: before.to });
	return { document: { ...added.document, edges }, id: added.id };
}

function placeBehind(document: DraftDocument, from: string, outcome: string, before?: DraftEdge): Point {
	const step = getStep(document, from);
	const source = step.position ?? { x: 0, y: 0 };
	const outcomes = mainOutcomes(step);
	const index = Math.max(outcomes.indexOf(outcome), 0);
	const target = before && getStep(document, before.to).position;
	const spread = (index - (outcomes.length - 1) / 2) * (NODE_WIDTH + SIBLING_GAP);
	return { x: target?.x ?? source.x + spread, y: source.y + cardHeight(step.kind) + ROW_GAP };
}

/** Moves down by one row all that stands as low as an edge's target, so that a step fits in between and no card on another. */
function makeRoom(document: DraftDocument, edge: DraftEdge): DraftDocument {
	const source = getStep(document, edge.from).position;
	const target = getStep(document, edge.to).position;
	const row = NODE_HEIGHT + ROW_GAP;
	if (!source || !target || target.y - source.y >= 2 * row || target.y <= source.y) return document;
	const steps = document.steps.map((step) =>
		step.position && step.position.y >= target.y
			? { ...step, position: { x: step.position.x, y: step.position.y + row } }
			: step
	);
	return { ...document, steps };
}

/** Puts a new step onto an edge. Triggers can't stand on one: nothing may lead into them. */
export function insertOnEdge(document: DraftDocument, key: string, kind: StepKind, at?: Point): Added | null {
	const edge = findEdgeByKey(document, key);
	if (!edge || isTrigger(kind)) return null;
	return addAfter(document, edge.from, edge.outcome, kind, at);
}

/** Puts a step that is there already onto an edge, if nothing leads into it and its first outcome is free. */
export function putOnEdge(document: DraftDocument, id: string, key: string): DraftDocument | null {
	const edge = findEdgeByKey(document, key);
	const step = getStep(document, id);
	const onward = mainOutcomes(step)[0];
	if (!edge || isTrigger(step.kind) || !onward || edge.from === id || edge.to === id) return null;
	if (document.edges.some((other) => other.to === id || other.from === id)) return null;
	const edges = document.edges.filter((other) => other !== edge);
	edges.push({ ...edge, to: id }, { from: id, outcome: onward, to: edge.to });
	return { ...document, edges };
}

/** Whether an edge from one step may enter another: triggers are entered by people only. */
export function canConnect(document: DraftDocument, to: string): boolean {
	return !isTrigger(getStep(document, to).kind);
}

/** Leads an outcome to a step; where it led before is forgotten. */
export function connect(document: DraftDocument, from: string, outcome: string, to: string): DraftDocument {
	if (!canConnect(document, to)) return document;
	const edges = document.edges.filter((edge) => edge.from !== from || edge.outcome !== outcome);
	return { ...document, edges: [...edges, { from, outcome, to }] };
}

/** Ends the way at an outcome. */
export function disconnect(document: DraftDocument, key: string): DraftDocument {
	return { ...document, edges: document.edges.filter((edge) => edgeKey(edge) !== key) };
}

export type StepChange = Partial<Pick<DraftStep, 'config' | 'label' | 'maxVisits' | 'disabled'>>;

/** Changes one step. A key set to undefined is left out of the document. */
export function updateStep(document: DraftDocument, id: string, change: StepChange): DraftDocument {
	const steps = document.steps.map((step) => (step.id === id ? withoutGaps({ ...step, ...change }) : step));
	return { ...document, steps };
}

function withoutGaps(step: DraftStep): DraftStep {
	const kept = { ...step };
	if (kept.label === undefined || kept.label.trim() === '') delete kept.label;
	if (kept.maxVisits === undefined) delete kept.maxVisits;
	if (!kept.disabled) delete kept.disabled;
	return kept;
}

/** Takes a branch out of a decision, and the way that left by it. */
export function removeBranch(document: DraftDocument, id: string, branch: string): DraftDocument {
	const { config } = getStep(document, id);
	const branches = branchesOf(config).filter((other) => other.id !== branch);
	const changed = updateStep(document, id, { config: { ...config, branches } });
	return disconnect(changed, edgeKey({ from: id, outcome: branch }));
}

/** Gives steps new places. */
export function moveSteps(document: DraftDocument, places: ReadonlyMap<string, Point>): DraftDocument {
	const steps = document.steps.map((step) => {
		const position = places.get(step.id);
		return position ? { ...step, position: { x: Math.round(position.x), y: Math.round(position.y) } } : step;
	});
	return { ...document, steps };
}

/**
 * Takes steps out and joins what is left: where all ways on from a step lead to one other, those who came to it go there.
 * Where they part, the way ends, because choosing a branch for everybody would be a guess.
 */
export function removeSteps(document: DraftDocument, ids: readonly string[]): DraftDocument {
	return ids.reduce(removeStep, document);
}

function removeStep(document: DraftDocument, id: string): DraftDocument {
	const onward = new Set(
		document.edges.filter((edge) => edge.from === id && edge.to !== id).map((edge) => edge.to)
	);
	const [next] = onward;
	const heir = onward.size === 1 ? next : undefined;
	const edges = document.edges
		.filter((edge) => edge.from !== id && (edge.to !== id || heir !== undefined))
		.map((edge) => (edge.to === id && heir !== undefined ? { ...edge, to: heir } : edge));
	return { ...document, steps: document.steps.filter((step) => step.id !== id), edges };
}

/** Copies a step beside itself; nothing leads to the copy yet. */
export function duplicateStep(document: DraftDocument, id: string): Added {
	const original = getStep(document, id);
	const copyId = freeId(document, idStems[original.kind]);
	const place = original.position ?? { x: 0, y: 0 };
	const position = spotNear(document.steps, { x: place.x + NODE_WIDTH + SIBLING_GAP, y: place.y });
	const copy: DraftStep = { ...structuredClone(original), id: copyId, position };
	if (copy.kind === 'trigger.api') delete copy.config.name;
	return { document: { ...document, steps: [...document.steps, copy] }, id: copyId };
}
