import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workspaceOf } from '../rehearse/rehearse.ts';
import { scenarioArb } from '../support/arbitrary.ts';
import { workspace as fixture } from '../support/fixtures.ts';
import { compile } from './compile.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Workspace } from './workspace.ts';

interface Lists {
	steps: unknown[];
	edges: unknown[];
}

const samples = Object.values(
	import.meta.glob<Partial<Lists>>('./samples/*/document.json', { eager: true, import: 'default' })
).filter((document): document is Lists => Array.isArray(document.steps) && Array.isArray(document.edges));

/** Of two of the same the first counts, so where there are two the order does matter. */
const BY_ORDER = ['id.duplicate', 'edge.duplicate'];

function shuffled<T>(list: readonly T[], keys: readonly number[]): T[] {
	return list
		.map((each, index) => ({ each, key: keys[index % keys.length] ?? 0, index }))
		.sort((one, other) => one.key - other.key || one.index - other.index)
		.map(({ each }) => each);
}

/** What is said, without places: those move with the lists. */
function said(diagnostics: readonly Diagnostic[]): string[] {
	return diagnostics
		.map(({ code, severity, step, steps, message }) => JSON.stringify([code, severity, step, steps, message]))
		.sort();
}

function expectSame(document: Lists, keys: readonly number[], workspace: Workspace, slug: string): void {
	const before = compile(document, workspace, slug);
	if (before.diagnostics.some(({ code }) => BY_ORDER.includes(code))) return;
	const mixed = { ...document, steps: shuffled(document.steps, keys), edges: shuffled(document.edges, keys) };
	const after = compile(mixed, workspace, slug);
	expect(said(after.diagnostics)).toEqual(said(before.diagnostics));
	expect(after.volume).toEqual(before.volume);
}

const keys = fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 });

test('the order of steps and edges changes nothing but places', () => {
	for (const document of samples) {
		const property = fc.property(keys, (mixing) => expectSame(document, mixing, fixture, 'sample'));
		fc.assert(property, { numRuns: 5 });
	}
});

test('nor does it in random journeys', () => {
	fc.assert(
		fc.property(scenarioArb, keys, (scenario, mixing) => {
			for (const { slug, document } of scenario.journeys) {
				expectSame(document as Lists, mixing, workspaceOf(scenario), slug);
			}
		}),
		{ numRuns: 300 }
	);
});
