/** The journey as a list: the order in which people pass, branches set in. */
import { allOutcomes, isTrigger, type DraftDocument, type DraftStep } from './document.ts';

export interface OutlineLine {
	step: DraftStep;
	/** How deep to set it in: one more behind each fork. */
	depth: number;
	/** The outcome that leads here, where the step before has several ways on. */
	by: string | null;
	/** Steps listed already to which this one leads on: where branches join, or loop back. */
	joins: { outcome: string; to: string }[];
}

/** Every step once. What no trigger leads to comes last. */
export function outlineOf(document: DraftDocument): OutlineLine[] {
	const lines: OutlineLine[] = [];
	const stepById = new Map(document.steps.map((step) => [step.id, step]));
	const seen = new Set<string>();

	const starts = [
		...document.steps.filter((step) => isTrigger(step.kind)),
		...document.steps.filter((step) => !document.edges.some((edge) => edge.to === step.id)),
		...document.steps
	];
	for (const start of starts) {
		const stack: { id: string; depth: number; by: string | null }[] = [{ id: start.id, depth: 0, by: null }];
		for (let next = stack.pop(); next; next = stack.pop()) {
			const step = stepById.get(next.id);
			if (!step || seen.has(step.id)) continue;
			seen.add(step.id);
			const onward = onwardOf(document, step).filter((edge) => stepById.has(edge.to));
			const fresh = onward.filter((edge) => !seen.has(edge.to));
			lines.push({
				step,
				depth: next.depth,
				by: next.by,
				joins: onward.filter((edge) => seen.has(edge.to)).map(({ outcome, to }) => ({ outcome, to }))
			});
			const deeper = onward.length > 1 ? next.depth + 1 : next.depth;
			for (const edge of fresh.toReversed())
				stack.push({ id: edge.to, depth: deeper, by: onward.length > 1 ? edge.outcome : null });
		}
	}
	return lines;
}

function onwardOf(document: DraftDocument, step: DraftStep) {
	const order = allOutcomes(step);
	return document.edges
		.filter((edge) => edge.from === step.id)
		.sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
}
