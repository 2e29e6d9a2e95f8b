/** What a person sees of the editor, and where: panels, tabs, the open picker. Nothing here is saved. */
import { tick } from 'svelte';
import type { StepKind } from '$lib/journey/index.ts';
import type { Editor } from './editor.svelte.ts';
import type { Point } from './document.ts';
import { freeOutcome, mainOutcomes } from './document.ts';
import { NODE_HEIGHT, NODE_WIDTH } from './geometry.ts';

/** Where a step that is picked will go. */
export type Place =
	| { is: 'after'; step: string; outcome: string; at?: Point }
	| { is: 'edge'; key: string }
	| { is: 'free'; at?: Point };

export interface PickerRequest {
	/** Where it opens, in pixels of the window. */
	at: Point;
	place: Place;
}

/** What only the drawn canvas can do; Canvas.svelte provides it. */
export interface Stage {
	toFlow(screen: Point): Point;
	toScreen(flow: Point): Point;
	/** A place in the middle of what is visible, so far down as a share of its height, in the canvas's own pixels. */
	placeAt(share: number): Point;
	/** Brings a step into view, if it is not. */
	reveal(id: string): void;
	fit(): void;
	zoomIn(): void;
	zoomOut(): void;
}

export class EditorView {
	tab = $state<'canvas' | 'outline'>('canvas');
	isPaletteOpen = $state(true);
	isInspectorOpen = $state(true);
	isProblemsOpen = $state(false);
	isPublishOpen = $state(false);
	isKeysOpen = $state(false);
	picker = $state.raw<PickerRequest | null>(null);
	/** Key of the edge under the pointer, or under what is being dragged. */
	hoveredEdge = $state<string | null>(null);
	/** The kind that is dragged out of the palette. */
	dragged = $state<StepKind | null>(null);
	stage: Stage | null = null;

	readonly #editor: Editor;

	constructor(editor: Editor) {
		this.#editor = editor;
	}

	/** Shows a step: on the canvas, selected, in view, with the keyboard on it. */
	async show(id: string): Promise<void> {
		this.#editor.select(id);
		this.stage?.reveal(id);
		await this.focusStep(id);
	}

	async focusStep(id: string): Promise<void> {
		await tick();
		document
			.querySelector<HTMLElement>(`[data-step-button="${CSS.escape(id)}"]`)
			?.focus({ preventScroll: true });
	}

	/** Puts the keyboard on the first field of the inspector. */
	async edit(): Promise<void> {
		this.isInspectorOpen = true;
		await tick();
		document
			.querySelector<HTMLElement>(
				'[data-inspector-fields] :is(input:not([type=hidden]), select, textarea, button):not(:disabled)'
			)
			?.focus();
	}

	/** Opens the picker behind the selected step, or for a free place when there is none. */
	pickNext(): void {
		if (this.#editor.isReadOnly) return;
		const step = this.#editor.selected;
		const screen = this.stage?.toScreen(
			step?.position
				? { x: step.position.x, y: step.position.y + NODE_HEIGHT + 12 }
				: (this.stage?.placeAt(0.4) ?? { x: 0, y: 0 })
		) ?? { x: 240, y: 120 };
		const outcome = step && (freeOutcome(this.#editor.document, step) ?? mainOutcomes(step)[0]);
		this.picker = {
			at: screen,
			place: step && outcome !== undefined ? { is: 'after', step: step.id, outcome } : { is: 'free' }
		};
	}

	/** Adds the kind that was picked, and closes the picker. */
	pick(kind: StepKind): void {
		const request = this.picker;
		this.picker = null;
		if (!request) return;
		const id = this.#add(kind, request.place);
		if (id !== null) void this.show(id);
	}

	/** Leads the outcome that the picker was opened for to a step that is there already. */
	pickExisting(to: string): void {
		const place = this.picker?.place;
		this.picker = null;
		if (place?.is !== 'after') return;
		this.#editor.connect(place.step, place.outcome, to);
		void this.show(to);
	}

	/** Closes the picker and gives the keyboard back to the step it was opened from. */
	closePicker(): void {
		this.picker = null;
		const step = this.#editor.selected;
		if (step) void this.focusStep(step.id);
	}

	/** Adds a step by a click in the palette. */
	addByClick(kind: StepKind): void {
		if (this.#editor.isReadOnly) return;
		void this.show(this.#editor.addByClick(kind, this.freePlace()));
	}

	/** A visible place for a card's upper left corner: the middle, or the top while nothing is drawn. */
	freePlace(): Point {
		const isEmpty = this.#editor.document.steps.length === 0;
		const middle = this.stage?.placeAt(isEmpty ? 0.12 : 0.5) ?? { x: 0, y: 0 };
		return { x: middle.x - NODE_WIDTH / 2, y: middle.y - NODE_HEIGHT / 2 };
	}

	#add(kind: StepKind, place: Place): string | null {
		switch (place.is) {
			case 'after':
				return this.#editor.addAfter(place.step, place.outcome, kind, place.at);
			case 'edge':
				return this.#editor.insertOnEdge(place.key, kind);
			case 'free':
				return this.#editor.addStep(kind, place.at ?? this.freePlace());
		}
	}
}
