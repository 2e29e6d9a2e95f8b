/** What is drawn at a place of the window. */
import type { Point } from '../document.ts';

/** Id of the step there, or null. */
export function stepUnder({ x, y }: Point): string | null {
	for (const element of document.elementsFromPoint(x, y)) {
		const node = element.closest<HTMLElement>('.svelte-flow__node');
		if (node?.dataset.id) return node.dataset.id;
	}
	return null;
}

/** Key of the edge there, or null; `except` names a step whose own edges do not count. */
export function edgeUnder({ x, y }: Point, except?: string): string | null {
	for (const element of document.elementsFromPoint(x, y)) {
		const edge = element.closest<SVGElement>('.svelte-flow__edge');
		const key = edge?.dataset.id;
		if (key && (except === undefined || !key.startsWith(`${except}:`))) return key;
	}
	return null;
}
