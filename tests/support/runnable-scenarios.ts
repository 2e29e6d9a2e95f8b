/** Random scenarios of the language's properties, cut down to what the runtime runs. With all kinds running, nothing is cut. */
import fc from 'fast-check';
import { parseJourney } from '../../src/lib/journey/index.ts';
import type { Scenario } from '../../src/lib/journey/rehearse/scenario.ts';
import { scenarioArb } from '../../src/lib/journey/support/arbitrary.ts';
import { checkScenario } from '../../src/lib/runtime/rehearse/check.ts';
import { findEngineLimits } from '../../src/lib/server/journeys/engine-limits.ts';

interface Drawn {
	steps: { id: string; kind: string; config: object }[];
	edges: { from: string; outcome: string }[];
}

// So many drawings for one that is sound: not every circle is.
const DRAWN_FOR_ONE = 20;

/** The first `count` sound scenarios of a seed. */
export function drawRunnable(seed: number, count: number): Scenario[] {
	return fc
		.sample(scenarioArb, { seed, numRuns: count * DRAWN_FOR_ONE })
		.map(withoutLimits)
		.filter((scenario) => checkScenario(scenario).kind === 'sound')
		.slice(0, count);
}

/** Triggers that the runtime does not know become plain ones, other steps a change of an attribute. */
function withoutLimits(scenario: Scenario): Scenario {
	const journeys = scenario.journeys.map(({ slug, document }) => {
		const { document: sound } = parseJourney(document);
		const drawn = document as Drawn;
		const limits = (sound ? findEngineLimits(sound, { carriesTexts: true, isRehearsal: true }) : []).map(
			({ step }) => step
		);
		const cut = new Set(limits);
		const isKept = ({ from, outcome }: Drawn['edges'][number]) => !cut.has(from) || outcome === 'next';
		return {
			slug,
			document: {
				...drawn,
				steps: drawn.steps.map((step) => (cut.has(step.id) ? { ...step, ...standInFor(step.kind) } : step)),
				edges: drawn.edges.filter(isKept)
			}
		};
	});
	return { ...scenario, journeys };
}

function standInFor(kind: string): { kind: string; config: object } {
	return kind.startsWith('trigger.')
		? { kind: 'trigger.transactional', config: { event: 'go' } }
		: { kind: 'contact.update', config: { set: { score: 9 } } };
}
