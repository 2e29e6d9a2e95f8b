/** What a report must know of a journey's graph: the order to show steps in, and where it ends. Pure. */
import { outcomesOf, type JourneyDocument, type Step } from '$lib/journey/index.ts';

export type Graph = Pick<JourneyDocument, 'steps' | 'edges'>;

/** A way for an enrollment to end as it was drawn: an `exit` step, or an outcome that leads nowhere. */
export interface End {
	step: string;
	/** Null at an `exit` step. */
	outcome: string | null;
}

// A message that could not be sent never strands anybody: without an edge of its own it goes along `next` (§3).
const fallsThrough = new Set(['blocked', 'failed']);

/** Every way to the end. `repeat` without an edge is a stop by the loop guard, which is no end that anybody drew. */
export function endsOf(graph: Graph): End[] {
	const drawn = new Set(graph.edges.map((edge) => `${edge.from} ${edge.outcome}`));
	const leads = (step: Step, outcome: string) =>
		drawn.has(`${step.id} ${outcome}`) || (fallsThrough.has(outcome) && drawn.has(`${step.id} next`));
	return graph.steps.flatMap((step): End[] => {
		if (step.kind === 'exit') return [{ step: step.id, outcome: null }];
		return outcomesOf(step)
			.filter((outcome) => outcome !== 'repeat' && !leads(step, outcome))
			.map((outcome) => ({ step: step.id, outcome }));
	});
}

export function isTriggerStep(step: Pick<Step, 'kind'>): boolean {
	return step.kind.startsWith('trigger.');
}

/** The steps in the order in which people pass them; what no trigger reaches comes last. */
export function inOrder(graph: Graph): Step[] {
	const walk = new Walk(graph);
	const triggers = graph.steps.filter(isTriggerStep);
	// Each walk puts a step down after all that follows it, so both the starts and the result are turned round.
	const reached = triggers.toReversed().flatMap((step) => walk.from(step.id));
	const others = graph.steps.toReversed().flatMap((step) => walk.from(step.id));
	return [...reached.reverse(), ...others.reverse()];
}

/** A depth-first walk with a stack of its own, since 2,000 steps in a row may come. */
class Walk {
	private readonly stepById: Map<string, Step>;
	private readonly next = new Map<string, string[]>();
	private readonly seen = new Set<string>();

	constructor(graph: Graph) {
		this.stepById = new Map(graph.steps.map((step) => [step.id, step]));
		for (const { from, to } of graph.edges) {
			const known = this.next.get(from);
			if (known) known.push(to);
			else this.next.set(from, [to]);
		}
	}

	/** The steps not seen before, each after all that follows it. */
	from(start: string): Step[] {
		const done: Step[] = [];
		const stack: { step: Step; rest: string[] }[] = [];
		const enter = (id: string) => {
			const step = this.stepById.get(id);
			if (!step || this.seen.has(id)) return;
			this.seen.add(id);
			stack.push({ step, rest: [...(this.next.get(id) ?? [])] });
		};
		enter(start);
		for (let top = stack.at(-1); top; top = stack.at(-1)) {
			const onward = top.rest.pop();
			if (onward !== undefined) enter(onward);
			else {
				done.push(top.step);
				stack.pop();
			}
		}
		return done;
	}
}
