import fc from 'fast-check';
import { expect, test } from 'vitest';
import { subtractDuration } from '../duration.ts';
import { rehearse, workspaceOf } from '../rehearse/rehearse.ts';
import type { Scenario } from '../rehearse/scenario.ts';
import { scenarioArb } from '../support/arbitrary.ts';
import { parse } from './1-parse.ts';
import { openAnalysis } from './2-analyse/analyse.ts';
import { decisionsOf } from './2-analyse/knowledge.ts';
import { compile } from './compile.ts';

/** What the compiler says of each journey of a scenario: what nobody does, and how much anybody gets. */
function promisesOf(scenario: Scenario) {
	const workspace = workspaceOf(scenario);
	return scenario.journeys.map(({ slug, document }) => {
		const { diagnostics, volume } = compile(document, workspace, slug);
		const { draft } = parse(document);
		const decided = draft ? decisionsOf(openAnalysis(draft, workspace, slug, []), new Set()) : [];
		const dead = decided.flatMap(({ step, dead: outcomes }) =>
			[...outcomes].map((outcome) => `${step.id} ${outcome}`)
		);
		const unreachable = diagnostics.filter(({ code }) => code === 'step.unreachable').map(({ step }) => step);
		return { slug, volume, dead: new Set(dead), unreachable: new Set(unreachable) };
	});
}

test('what is said to happen to nobody happens to nobody in rehearsal', () => {
	let [said, visited] = [0, 0];
	fc.assert(
		fc.property(scenarioArb, (scenario) => {
			const { trace, isRefused } = rehearse(scenario);
			if (isRefused) return;
			for (const { slug, dead, unreachable } of promisesOf(scenario)) {
				said += dead.size + unreachable.size;
				for (const { journey, visits } of trace.enrollments) {
					if (journey !== slug) continue;
					for (const { step, outcome } of visits) {
						expect(dead).not.toContain(`${step} ${outcome}`);
						expect(unreachable).not.toContain(step);
						visited++;
					}
				}
			}
		}),
		{ numRuns: 250 }
	);
	expect(said).toBeGreaterThan(50);
	expect(visited).toBeGreaterThan(500);
});

test('nobody gets more messages in a passage than was promised', () => {
	let most = 0;
	fc.assert(
		fc.property(scenarioArb, (scenario) => {
			const { trace, isRefused } = rehearse(scenario);
			if (isRefused) return;
			for (const { slug, volume } of promisesOf(scenario)) {
				for (const { id, timezone } of scenario.contacts) {
					const zone = timezone ?? 'UTC';
					const isTheirs = (each: { journey: string; contact: string }) =>
						each.journey === slug && each.contact === id;
					if (trace.enrollments.filter(isTheirs).length !== 1) continue;
					const sent = trace.messages
						.filter((each) => isTheirs(each) && each.state === 'sent')
						.map(({ at }) => Date.parse(at));
					for (const time of sent) {
						const inADay = sent.filter((each) => each > subtractDuration(time, 'P1D', zone) && each <= time);
						expect(inADay.length).toBeLessThanOrEqual(volume?.day.messages ?? 0);
						most = Math.max(most, inADay.length);
					}
					expect(sent.length).toBeLessThanOrEqual(volume?.month.messages ?? 0);
				}
			}
		}),
		{ numRuns: 500 }
	);
	expect(most).toBeGreaterThan(1);
});
