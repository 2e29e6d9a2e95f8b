/** The document as Svelte Flow draws it. What did not change keeps its object, so only what changed is drawn again. */
import type { Edge, Node } from '@xyflow/svelte';
import { cardHeight, NODE_WIDTH } from '../geometry.ts';
import { edgeKey, type DraftDocument, type DraftEdge, type DraftStep } from '../document.ts';

export type StepNodeType = Node<{ step: DraftStep }, 'step'>;
export type StepEdgeType = Edge<{ edge: DraftEdge }, 'step'>;

// The card inside says what it is; the frame that Svelte Flow puts around it says nothing.
const silentFrame = { 'aria-roledescription': undefined, 'aria-describedby': undefined };
// Where a step leads is said in the inspector, in words; a line says nothing to who can't see it.
const silentLine = { 'aria-hidden': 'true' as const, 'aria-roledescription': undefined };

/** Nodes for all steps; ones drawn before keep what Svelte Flow measured of them. */
export function projectNodes(
	document: DraftDocument,
	drawn: readonly StepNodeType[],
	selected: ReadonlySet<string>
): StepNodeType[] {
	const drawnById = new Map(drawn.map((node) => [node.id, node]));
	return document.steps.map((step) => {
		const before = drawnById.get(step.id);
		const isSelected = selected.has(step.id);
		if (before && before.data.step === step && Boolean(before.selected) === isSelected) return before;
		return {
			...before,
			id: step.id,
			type: 'step',
			position: step.position ?? { x: 0, y: 0 },
			data: { step },
			domAttributes: silentFrame,
			// Until it is measured; without a size it would be hidden, and could not take the keyboard.
			initialWidth: NODE_WIDTH,
			initialHeight: cardHeight(step.kind),
			selected: isSelected
		};
	});
}

/** Edges for all connections between steps that exist. */
export function projectEdges(
	document: DraftDocument,
	drawn: readonly StepEdgeType[],
	selected: string | null
): StepEdgeType[] {
	const drawnById = new Map(drawn.map((edge) => [edge.id, edge]));
	const known = new Set(document.steps.map((step) => step.id));
	return document.edges.flatMap((edge) => {
		if (!known.has(edge.from) || !known.has(edge.to)) return [];
		const id = edgeKey(edge);
		const before = drawnById.get(id);
		const isSelected = id === selected;
		if (before && before.data?.edge === edge && Boolean(before.selected) === isSelected) return [before];
		return [
			{
				id,
				type: 'step' as const,
				source: edge.from,
				sourceHandle: edge.outcome,
				target: edge.to,
				targetHandle: 'in',
				data: { edge },
				domAttributes: silentLine,
				selected: isSelected
			}
		];
	});
}
