/** Small drawings for tests. */
import type { DraftDocument, DraftEdge, DraftStep } from './document.ts';

const steps: Record<string, DraftStep> = {
	call: { id: 'call', kind: 'trigger.api', config: { name: 'lab-result-ready' } },
	wait: { id: 'wait', kind: 'wait.for', config: { duration: 'P2D' } },
	mail: { id: 'mail', kind: 'send.email', config: { template: 'survey', purpose: 'operations' } },
	fork: { id: 'fork', kind: 'decide.if', config: { where: { attribute: 'age', op: '>', value: 65 } } },
	left: { id: 'left', kind: 'exit', config: {} },
	right: { id: 'right', kind: 'exit', config: {} }
};

/** A document of the named steps, in rows, with edges written as `from:outcome>to`. */
export function drawing(ids: readonly (keyof typeof steps)[], edges: readonly string[]): DraftDocument {
	return {
		format: 'stepwell.journey/1',
		name: 'Test',
		settings: {},
		steps: ids.map((id, row) => {
			const step = steps[id];
			if (!step) throw new Error(`There is no step "${id}" in the fixture.`);
			return { ...step, position: { x: 0, y: row * 116 } };
		}),
		edges: edges.map(readEdge)
	};
}

function readEdge(text: string): DraftEdge {
	const [from = '', outcome = '', to = ''] = text.split(/[:>]/);
	return { from, outcome, to };
}

/** The edges of a document as `from:outcome>to`, sorted. */
export function edgesOf(document: DraftDocument): string[] {
	return document.edges.map(({ from, outcome, to }) => `${from}:${outcome}>${to}`).sort();
}
