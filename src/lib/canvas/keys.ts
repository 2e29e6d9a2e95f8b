/** The keyboard's way to everything on the canvas. */
import type { Attachment } from 'svelte/attachments';
import type { Editor } from './editor.svelte.ts';
import type { Direction } from './geometry.ts';
import type { EditorView } from './view.svelte.ts';

/** The keys, as the help lists them. */
export const keyHelp: readonly { keys: string; does: string }[] = [
	{ keys: '↑ ↓ ← →', does: 'Walk from step to step' },
	{ keys: 'Tab', does: 'Add a step behind the selected one' },
	{ keys: 'Enter', does: 'Edit the selected step' },
	{ keys: 'Delete', does: 'Remove what is selected' },
	{ keys: 'D', does: 'Duplicate the selected step' },
	{ keys: 'Escape', does: 'Let go of the selection; then Tab leaves the canvas' },
	{ keys: 'Ctrl Z', does: 'Undo' },
	{ keys: 'Ctrl Shift Z', does: 'Redo' },
	{ keys: 'Shift drag', does: 'Select several steps' },
	{ keys: '?', does: 'Show these keys' }
];

const directions: Record<string, Direction> = {
	ArrowUp: 'up',
	ArrowDown: 'down',
	ArrowLeft: 'left',
	ArrowRight: 'right'
};

/** Keys while the keyboard is on the canvas. */
export function canvasKeys(editor: Editor, view: EditorView): Attachment<HTMLElement> {
	return (canvas) => {
		const press = (event: KeyboardEvent) => {
			if (event.defaultPrevented || isTyping(event.target)) return;
			// A click on a card leaves the keyboard on the canvas itself, which then speaks for the selected step.
			const target = event.target instanceof HTMLElement ? event.target : null;
			const step = target === canvas ? editor.selected?.id : target?.dataset.stepButton;
			if (act(event, step, editor, view)) event.preventDefault();
		};
		canvas.addEventListener('keydown', press);
		return () => canvas.removeEventListener('keydown', press);
	};
}

function act(event: KeyboardEvent, step: string | undefined, editor: Editor, view: EditorView): boolean {
	if (event.ctrlKey || event.metaKey || event.altKey) return false;
	const direction = directions[event.key];
	if (direction) {
		const id = editor.walk(direction);
		if (id !== null) void view.show(id);
		return true;
	}
	switch (event.key) {
		case 'Tab':
			if (event.shiftKey || step === undefined || !editor.selected) return false;
			view.pickNext();
			return true;
		case 'Enter':
			if (step === undefined || step !== editor.selected?.id) return false;
			void view.edit();
			return true;
		case 'Delete':
		case 'Backspace':
			editor.removeSelected();
			if (editor.selected) void view.focusStep(editor.selected.id);
			return true;
		case 'd':
		case 'D':
			editor.duplicateSelected();
			if (editor.selected) void view.show(editor.selected.id);
			return true;
		case 'Escape':
			editor.openProblem = null;
			editor.select(null);
			return true;
		default:
			return false;
	}
}

/** Keys anywhere on the page: undo, redo, help. Fields keep their own undo. */
export function pageKeys(event: KeyboardEvent, editor: Editor, view: EditorView): void {
	if (event.defaultPrevented || isTyping(event.target)) return;
	const isCommand = event.ctrlKey || event.metaKey;
	if (isCommand && event.key.toLowerCase() === 'z') {
		if (event.shiftKey) editor.redo();
		else editor.undo();
		event.preventDefault();
	} else if (isCommand && event.key.toLowerCase() === 'y') {
		editor.redo();
		event.preventDefault();
	} else if (!isCommand && event.key === '?') {
		view.isKeysOpen = true;
		event.preventDefault();
	}
}

function isTyping(target: EventTarget | null): boolean {
	return (
		target instanceof HTMLElement &&
		(target.isContentEditable || target.matches('input, textarea, select, [role="combobox"]'))
	);
}
