/** How the editor's components reach its state. */
import { getContext, setContext } from 'svelte';
import type { Editor } from './editor.svelte.ts';
import type { EditorView } from './view.svelte.ts';

const key = Symbol('editor');

interface EditorContext {
	editor: Editor;
	view: EditorView;
}

export function provideEditor(context: EditorContext): void {
	setContext(key, context);
}

/** Throws outside of EditorPage.svelte. */
export function getEditor(): EditorContext {
	const context = getContext<EditorContext | undefined>(key);
	if (!context)
		throw new Error('getEditor() was called outside of EditorPage.svelte, which provides the editor.');
	return context;
}
