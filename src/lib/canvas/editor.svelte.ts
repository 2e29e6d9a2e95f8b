/**
 * The editor: one journey being drawn. It holds the document, what is selected, the problems and the undo stacks, and has
 * a verb for each thing a person can do. It touches neither the DOM nor the network.
 */
import type { Diagnostic, StepKind, Workspace } from '$lib/journey/index.ts';
import { aria } from './aria.ts';
import {
	canConnect,
	addAfter,
	addStep,
	connect,
	disconnect,
	duplicateStep,
	insertOnEdge,
	moveSteps,
	putOnEdge,
	removeBranch,
	removeSteps,
	updateStep,
	type Added,
	type StepChange
} from './edits.ts';
import {
	findEdge,
	findEdgeByKey,
	findStep,
	freeOutcome,
	getStep,
	isTrigger,
	mainOutcomes,
	type DraftDocument,
	type DraftStep,
	type Point
} from './document.ts';
import { nearestStep, type Direction } from './geometry.ts';
import { edgesAlong, edgesByKeyOf, problemsByStepOf, setOf, stepsByIdOf } from './lookups.ts';
import { emptyHistory, redo, remember, undo, type History } from './history.ts';
import { layOut, withPlaces } from './layout.ts';
import { applyFix, isBlocking } from './problems.ts';
import { projectEdges, projectNodes, type StepEdgeType, type StepNodeType } from './flow/projection.ts';
import { busiestOf, type StepCounts } from './traffic.ts';
import { namesFor, sayStep } from './words.ts';

export interface Surroundings {
	workspace: Workspace;
	/** Names to offer where an event is asked for. */
	eventNames: readonly string[];
	/** Where integrators call. */
	publicUrl: string;
	/** Whom a step can ask. */
	team?: readonly { name: string; email: string }[];
}

interface EditorOptions extends Surroundings {
	slug: string;
	document: DraftDocument;
	/** Whoever may only look: every verb that would change the document does nothing. */
	isReadOnly?: boolean;
	/** False on the server, where nothing is drawn and places would be worked out for nobody. */
	isDrawn?: boolean;
	history?: History;
	/** Milliseconds; quick edits of one field are one step of undo. */
	now: () => number;
	/** Told after each change of the document. */
	onchange?: (document: DraftDocument) => void;
}

export class Editor {
	readonly slug: string;
	readonly workspace: Workspace;
	readonly eventNames: readonly string[];
	readonly publicUrl: string;
	readonly team: readonly { name: string; email: string }[];
	readonly isReadOnly: boolean;
	readonly #now: () => number;
	readonly #onchange: (document: DraftDocument) => void;

	#document = $state.raw<DraftDocument>({
		format: 'stepwell.journey/1',
		name: '',
		settings: {},
		steps: [],
		edges: []
	});
	#history = $state.raw<History>(emptyHistory);
	#selected = $state.raw<ReadonlySet<string>>(setOf([]));
	#selectedEdge = $state.raw<string | null>(null);

	/** What Svelte Flow draws; it writes places and sizes into them while something is dragged. */
	nodes = $state.raw<StepNodeType[]>([]);
	edges = $state.raw<StepEdgeType[]>([]);

	problems = $state.raw<readonly Diagnostic[]>([]);
	/** The problem that is looked at; the loop it names is lit. */
	openProblem = $state.raw<Diagnostic | null>(null);
	/** The report's numbers by step, once there are any. */
	counts = $state.raw<Readonly<Record<string, StepCounts>>>({});
	/** The last thing that happened, for a screen reader. */
	announcement = $state('');

	readonly names = $derived.by(() => namesFor(this.#document, this.workspace));
	readonly stepsById = $derived(stepsByIdOf(this.#document));
	readonly edgesByKey = $derived(edgesByKeyOf(this.#document));
	readonly problemsByStep = $derived(problemsByStepOf(this.problems));
	readonly errors = $derived(this.problems.filter(isBlocking));
	readonly busiest = $derived(busiestOf(this.counts));
	/** Keys of the edges on the loop of the problem that is looked at. */
	readonly litEdges = $derived(edgesAlong(this.#document, this.openProblem));

	constructor(options: EditorOptions) {
		this.slug = options.slug;
		this.workspace = options.workspace;
		this.eventNames = options.eventNames;
		this.publicUrl = options.publicUrl;
		this.team = options.team ?? [];
		this.isReadOnly = options.isReadOnly ?? false;
		this.#now = options.now;
		this.#onchange = options.onchange ?? (() => {});
		this.#history = options.history ?? emptyHistory;
		this.#document = (options.isDrawn ?? true) ? withPlaces(options.document) : options.document;
		this.#draw();
	}

	get document(): DraftDocument {
		return this.#document;
	}

	get history(): History {
		return this.#history;
	}

	get canUndo(): boolean {
		return this.#history.past.length > 0;
	}

	get canRedo(): boolean {
		return this.#history.future.length > 0;
	}

	/** The one selected step; undefined with none, or with several. */
	get selected(): DraftStep | undefined {
		const [id, ...others] = this.#selected;
		return id !== undefined && others.length === 0 ? findStep(this.#document, id) : undefined;
	}

	get selectedIds(): ReadonlySet<string> {
		return this.#selected;
	}

	get selectedEdge(): string | null {
		return this.#selectedEdge;
	}

	titleOf(id: string): string {
		const step = findStep(this.#document, id);
		return step ? sayStep(step, this.names).title : id;
	}

	// Selecting.

	select(id: string | null): void {
		this.#setSelection(id === null ? [] : [id], null);
	}

	selectEdge(key: string): void {
		this.#setSelection([], key);
	}

	/** What Svelte Flow reports after clicks and boxes. */
	takeSelection(ids: readonly string[], edge: string | null): void {
		const same = ids.length === this.#selected.size && ids.every((id) => this.#selected.has(id));
		if (same && edge === this.#selectedEdge) return;
		this.#selected = setOf(ids);
		this.#selectedEdge = edge;
	}

	/** Selects the next step in a direction: along an edge where there is one, else what lies there. Returns its id. */
	walk(direction: Direction): string | null {
		const current = this.selected;
		if (!current) {
			const first = this.#document.steps[0];
			if (first) this.select(first.id);
			return first?.id ?? null;
		}
		const next = this.#along(current, direction) ?? this.#beside(current, direction);
		if (next) this.select(next);
		return next ?? null;
	}

	#along(step: DraftStep, direction: Direction): string | undefined {
		if (direction === 'down')
			return mainOutcomes(step)
				.map((outcome) => findEdge(this.#document, step.id, outcome)?.to)
				.find((id) => id !== undefined);
		if (direction === 'up') return this.#document.edges.find((edge) => edge.to === step.id)?.from;
		return undefined;
	}

	#beside(step: DraftStep, direction: Direction): string | undefined {
		const others = this.#document.steps.filter((other) => other.id !== step.id);
		return step.position && nearestStep(others, step.position, direction)?.id;
	}

	// Drawing.

	addStep(kind: StepKind, at: Point): string {
		return this.#take(addStep(this.#document, kind, at));
	}

	/**
	 * Adds a step where a person means it who only says which kind: behind the selected step, on its first free way or
	 * between it and what follows; a trigger, or with nothing selected, at `at`.
	 */
	addByClick(kind: StepKind, at: Point): string {
		const current = this.selected;
		if (!current || isTrigger(kind)) return this.addStep(kind, at);
		const outcome = freeOutcome(this.#document, current) ?? mainOutcomes(current)[0];
		if (outcome === undefined) return this.addStep(kind, at);
		return this.addAfter(current.id, outcome, kind);
	}

	addAfter(from: string, outcome: string, kind: StepKind, at?: Point): string {
		return this.#take(addAfter(this.#document, from, outcome, kind, at));
	}

	/** Null when the kind can't stand on an edge. */
	insertOnEdge(key: string, kind: StepKind, at?: Point): string | null {
		const added = insertOnEdge(this.#document, key, kind, at);
		return added && this.#take(added);
	}

	/** Puts a loose step that was dropped on an edge onto it. */
	putOnEdge(id: string, key: string): boolean {
		const document = putOnEdge(this.#document, id, key);
		if (document) this.#change(document);
		return document !== null && !this.isReadOnly;
	}

	canConnect(to: string): boolean {
		return findStep(this.#document, to) !== undefined && canConnect(this.#document, to);
	}

	connect(from: string, outcome: string, to: string): void {
		this.#change(connect(this.#document, from, outcome, to));
		if (!this.isReadOnly) this.announcement = aria.connected(this.titleOf(from), this.titleOf(to));
	}

	disconnect(key: string): void {
		this.#change(disconnect(this.#document, key));
		if (this.#selectedEdge === key) this.#setSelection([], null);
	}

	/** `about` names the field being edited, so that quick edits of it are undone together. */
	updateStep(id: string, change: StepChange, about?: string): void {
		this.#change(updateStep(this.#document, id, change), about && `${id}/${about}`);
	}

	/** Sets keys of a step's config; a key set to undefined is taken out. */
	configure(id: string, change: Record<string, unknown>): void {
		const config = Object.fromEntries(
			Object.entries({ ...getStep(this.#document, id).config, ...change }).filter(
				([, value]) => value !== undefined
			)
		);
		this.updateStep(id, { config }, Object.keys(change).join(','));
	}

	/** Removes a way of a decision, and what was drawn from it. */
	removeBranch(id: string, branch: string): void {
		this.#change(removeBranch(this.#document, id, branch));
	}

	/** The journey's own name. A blank one changes nothing: a journey always has a name. */
	rename(name: string): void {
		const trimmed = name.trim();
		if (trimmed !== '' && trimmed !== this.#document.name)
			this.#change({ ...this.#document, name: trimmed }, 'name');
	}

	/** Sets keys of the journey's settings; a key set to undefined is taken out. */
	updateSettings(change: Record<string, unknown>): void {
		const settings = Object.fromEntries(
			Object.entries({ ...this.#document.settings, ...change }).filter(([, value]) => value !== undefined)
		);
		this.#change({ ...this.#document, settings }, `settings/${Object.keys(change).join(',')}`);
	}

	moveSteps(places: ReadonlyMap<string, Point>): void {
		this.#change(moveSteps(this.#document, places));
	}

	/** Removes what is selected: steps, or one connection. */
	removeSelected(): void {
		if (this.isReadOnly) return;
		if (this.#selectedEdge !== null && findEdgeByKey(this.#document, this.#selectedEdge)) {
			this.disconnect(this.#selectedEdge);
			return;
		}
		const ids = [...this.#selected];
		if (ids.length === 0) return;
		const before = this.#document.edges.find((edge) => edge.to === ids[0])?.from;
		this.#change(removeSteps(this.#document, ids));
		this.#setSelection(before !== undefined && findStep(this.#document, before) ? [before] : [], null);
		this.announcement = aria.removed(ids.length);
	}

	duplicateSelected(): void {
		const step = this.selected;
		if (step) this.#take(duplicateStep(this.#document, step.id));
	}

	/** Puts all steps in rows. */
	tidy(): void {
		this.moveSteps(layOut(this.#document));
	}

	/** Applies the fix that a problem offers. */
	fix(problem: Diagnostic): void {
		if (!problem.fix) return;
		this.#change(applyFix(this.#document, problem.fix.patch));
		this.openProblem = null;
	}

	/** Takes another document whole, such as the one somebody else saved. Undo brings this one back. */
	replace(document: DraftDocument): void {
		this.#change(withPlaces(document));
	}

	undo(): void {
		this.#travel(undo(this.#history, this.#document), aria.undone);
	}

	redo(): void {
		this.#travel(redo(this.#history, this.#document), aria.redone);
	}

	#travel(step: { history: History; document: DraftDocument } | null, said: string): void {
		if (!step || this.isReadOnly) return;
		this.#history = step.history;
		this.announcement = said;
		this.#show(step.document);
	}

	#take({ document, id }: Added): string {
		if (this.isReadOnly) return id;
		this.#change(document);
		this.select(id);
		this.announcement = aria.added(this.titleOf(id));
		return id;
	}

	#change(document: DraftDocument, about?: string): void {
		if (document === this.#document || this.isReadOnly) return;
		this.#history = remember(this.#history, this.#document, this.#now(), about);
		this.#show(document);
	}

	#show(document: DraftDocument): void {
		this.#document = document;
		const kept = [...this.#selected].filter((id) => findStep(document, id));
		if (kept.length !== this.#selected.size) this.#selected = setOf(kept);
		this.#draw();
		this.#onchange(document);
	}

	#setSelection(ids: readonly string[], edge: string | null): void {
		this.#selected = setOf(ids);
		this.#selectedEdge = edge;
		this.#draw();
	}

	#draw(): void {
		this.nodes = projectNodes(this.#document, this.nodes, this.#selected);
		this.edges = projectEdges(this.#document, this.edges, this.#selectedEdge);
	}
}
