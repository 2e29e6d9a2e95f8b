import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scenarioArb } from '../support/arbitrary.ts';
import { MOST_VISITS } from '../advance.ts';
import { rehearse } from './rehearse.ts';
import { parseScenario, type Scenario } from './scenario.ts';
import { printTrace, type Trace } from './trace.ts';

interface Drawn {
	steps: { id: string; kind: string; maxVisits?: number }[];
	edges: unknown[];
	settings?: { maxVisits?: number };
}

const drawnOf = (scenario: Scenario, slug: string) =>
	scenario.journeys.find((journey) => journey.slug === slug)?.document as Drawn;

/** Runs a property over scenarios whose journeys are sound; how many were is checked, so that none is vacuous. */
function holdsForAll(runs: number, check: (scenario: Scenario, trace: Trace) => void): void {
	let sound = 0;
	const property = fc.property(scenarioArb, (scenario) => {
		expect(parseScenario(JSON.parse(JSON.stringify(scenario))).faults).toEqual([]);
		const { trace, isRefused } = rehearse(scenario);
		if (isRefused) return;
		sound++;
		check(scenario, trace);
	});
	fc.assert(property, { numRuns: runs });
	expect(sound).toBeGreaterThan(runs / 4);
}

test('everybody ends or waits, within the bounds of each step', () => {
	holdsForAll(300, (scenario, trace) => {
		for (const { journey, state, visits } of trace.enrollments) {
			const { steps, settings } = drawnOf(scenario, journey);
			expect(state).not.toBe('active');
			expect(visits.length).toBeLessThanOrEqual(MOST_VISITS);
			for (const step of steps) {
				const times = visits.filter((visit) => visit.step === step.id).length;
				expect(times).toBeLessThanOrEqual(step.maxVisits ?? settings?.maxVisits ?? 1);
			}
			const open = visits.filter((visit) => visit.outcome === null);
			expect(open.length).toBeLessThanOrEqual(1);
			if (state === 'waiting') expect(visits.at(-1)?.outcome).toBeNull();
			const times = visits.map((visit) => visit.at);
			expect(times).toEqual(times.toSorted());
		}
	});
});

test('no visit has two messages, and no message is without its visit', () => {
	holdsForAll(300, (_, trace) => {
		const visited = new Map<string, number>();
		for (const { journey, contact, visits } of trace.enrollments) {
			for (const { step } of visits) {
				const key = `${journey} ${contact} ${step}`;
				visited.set(key, (visited.get(key) ?? 0) + 1);
			}
		}
		const made = Map.groupBy(trace.messages, ({ journey, contact, step }) => `${journey} ${contact} ${step}`);
		for (const [key, messages] of made) expect(messages.length).toBeLessThanOrEqual(visited.get(key) ?? 0);
	});
});

test('the report counts what the trace tells', () => {
	holdsForAll(200, (_, trace) => {
		for (const [slug, steps] of Object.entries(trace.report)) {
			for (const [step, counts] of Object.entries(steps)) {
				const inside = trace.enrollments.filter(({ journey }) => journey === slug);
				const visits = inside.flatMap((each) => each.visits.filter((visit) => visit.step === step));
				expect(counts.entered).toBe(visits.length);
				const left = Object.values(counts.outcomes).reduce((sum, count) => sum + count, 0);
				expect(left).toBe(visits.filter((visit) => visit.outcome !== null).length);
				const sent = trace.messages.filter(
					(each) => each.journey === slug && each.step === step && each.state === 'sent'
				);
				expect(counts.sent).toBe(sent.length);
			}
		}
	});
});

test('two rehearsals print the same bytes', () => {
	holdsForAll(100, (scenario, trace) => {
		expect(printTrace(rehearse(JSON.parse(JSON.stringify(scenario)) as Scenario).trace)).toBe(
			printTrace(trace)
		);
	});
});

test('the order of steps and edges in the document says nothing', () => {
	holdsForAll(200, (scenario, trace) => {
		const journeys = scenario.journeys.map(({ slug, document }) => {
			const { steps, edges, ...rest } = document as Drawn;
			// Triggers keep their order among each other: it is the order in which they are asked (§5.10).
			const isTrigger = ({ kind }: { kind: string }) => kind.startsWith('trigger.');
			const others = steps.filter((step) => !isTrigger(step)).toReversed();
			return {
				slug,
				document: { ...rest, steps: [...others, ...steps.filter(isTrigger)], edges: edges.toReversed() }
			};
		});
		const { trace: other } = rehearse({ ...scenario, journeys });
		expect(printTrace({ ...other, diagnostics: {} })).toBe(printTrace({ ...trace, diagnostics: {} }));
	});
});
