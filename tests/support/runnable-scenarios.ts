/** Random scenarios of the language's properties, cut down to what the runtime runs. With all kinds running, nothing is cut. */
import fc from 'fast-check';
import { parseJourney } from '../../src/lib/journey/index.ts';
import { rehearse } from '../../src/lib/journey/rehearse/rehearse.ts';
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
		.filter((scenario) => checkScenario(scenario).kind === 'sound' && !hasRivalDoors(scenario))
		.slice(0, count);
}

/** Triggers that the runtime does not know become plain ones, other steps a change of an attribute. */
function withoutLimits(scenario: Scenario): Scenario {
	const journeys = scenario.journeys.map(({ slug, document }) => {
		const { document: sound } = parseJourney(document);
		const drawn = document as Drawn;
		const limits = (sound ? findEngineLimits(sound) : []).map(({ step }) => step);
		const cut = new Set([...limits, ...drawn.steps.filter(branchesBySegment).map(({ id }) => id)]);
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

// The limits look at conditions, not yet into those of branches.
function branchesBySegment({ config }: Drawn['steps'][number]): boolean {
	return 'branches' in config && JSON.stringify(config.branches).includes('"segment"');
}

function standInFor(kind: string): { kind: string; config: object } {
	return kind.startsWith('trigger.')
		? { kind: 'trigger.transactional', config: { event: 'go' } }
		: { kind: 'contact.update', config: { set: { score: 9 } } };
}

/**
 * Whether an event lets a contact in at one door, and a step that it sets going at another, or at two doors of one journey.
 * §5.10 opens one after the other, each with what it sets going; the router asks all doors of an event at once.
 */
function hasRivalDoors(scenario: Scenario): boolean {
	const kinds = kindsOf(scenario);
	const { enrollments, refusals } = rehearse(scenario).trace;
	const doors = [
		...enrollments.flatMap(({ journey, contact, visits: [first] }) =>
			first ? [{ journey, contact, at: first.at, trigger: first.step }] : []
		),
		...refusals
	].map(({ journey, contact, at, trigger }) => ({
		journey,
		place: `${contact} ${at}`,
		kind: kinds.get(`${journey} ${trigger}`) ?? ''
	}));
	return [...Map.groupBy(doors, ({ place }) => place).values()].some((together) => {
		const isByEvent = together.some(({ kind }) => !/^trigger\.(time|manual)$/.test(kind));
		const isByStep = together.some(({ kind }) => kind === 'trigger.manual');
		const isOfOne = new Set(together.map(({ journey }) => journey)).size < together.length;
		return isByEvent && together.length > 1 && (isByStep || isOfOne);
	});
}

function kindsOf({ journeys }: Scenario): Map<string, string> {
	return new Map(
		journeys.flatMap(({ slug, document }) =>
			(document as Drawn).steps.map(({ id, kind }) => [`${slug} ${id}`, kind] as const)
		)
	);
}
