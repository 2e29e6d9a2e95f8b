import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentOf, started, workspace } from '../support/fixtures.ts';
import { compile, findProblems, parseJourney } from './compile.ts';
import { severities, type Diagnostic, type Patch } from './diagnostic.ts';
import type { Workspace } from './workspace.ts';

const documents = import.meta.glob<Record<string, unknown>>('./samples/*/document.json', {
	eager: true,
	import: 'default'
});
const expected = import.meta.glob<Diagnostic[]>('./samples/*/diagnostics.json', {
	eager: true,
	import: 'default'
});

/** What the workspace of a sample has other than the fixture's. */
const surroundings = import.meta.glob<Partial<Workspace>>('./samples/*/workspace.json', {
	eager: true,
	import: 'default'
});

const samples = Object.entries(documents).map(
	([path, document]): [string, Record<string, unknown>, Diagnostic[]] => {
		const name = path.split('/').at(-2) ?? '';
		const diagnostics = expected[`./samples/${name}/diagnostics.json`];
		if (!diagnostics) throw new Error(`The sample ${name} does not say what is found in it.`);
		return [name, document, diagnostics];
	}
);

function workspaceOf(sample: string): Workspace {
	return { ...workspace, ...surroundings[`./samples/${sample}/workspace.json`] };
}

describe('samples', () => {
	test.each(samples)('%s', (name, document, diagnostics) => {
		const found = compile(document, workspaceOf(name), name);
		expect(findProblems(document, workspaceOf(name), name)).toEqual(found.diagnostics);
		expect(JSON.parse(JSON.stringify(found.diagnostics))).toEqual(diagnostics);
		expect(found.plan === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
	});

	test('every code has one', () => {
		const codes = new Set(samples.flatMap(([, , diagnostics]) => diagnostics.map(({ code }) => code)));
		const missing = Object.keys(severities).filter((code) => !codes.has(code as Diagnostic['code']));
		expect(missing).toEqual([]);
	});

	test('a plan and a document are JSON', () => {
		for (const [, document] of samples) {
			const { plan } = compile(document, workspace);
			expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
			const parsed = parseJourney(document).document;
			if (parsed) expect(JSON.parse(JSON.stringify(parsed))).toEqual(document);
		}
	});
});

/** Applies a fix as the canvas does. */
function patched(document: unknown, patches: Patch[]): unknown {
	const result: unknown = structuredClone(document);
	for (const patch of patches) {
		const keys = patch.path.split('/').slice(1);
		const last = keys.pop() ?? '';
		let place = result as Record<string, unknown>;
		for (const key of keys) place = place[key] as Record<string, unknown>;
		if (patch.op === 'set') place[last] = patch.value;
		else if (Array.isArray(place)) place.splice(Number(last), 1);
		else Reflect.deleteProperty(place, last);
	}
	return result;
}

test('a fix takes its problem away', () => {
	for (const [name, document, diagnostics] of samples) {
		for (const { code, path, step, message, fix } of diagnostics) {
			if (!fix) continue;
			const after = compile(patched(document, fix.patch), workspaceOf(name), name).diagnostics;
			// What came after a removed entry has its place now, but says something else.
			const isSame = (each: Diagnostic) =>
				each.code === code && each.step === step && each.message === message;
			const same = after.filter((each) => each.path === path && isSame(each));
			expect(same, `${name}: ${fix.label} at ${path}`).toEqual([]);
		}
	}
});

describe('limits', () => {
	const codesOf = (input: unknown) =>
		compile(input, workspace).diagnostics.map(({ code, path }) => `${code} ${path}`);
	const chain = (length: number) =>
		documentOf(
			[
				started,
				...Array.from({ length }, (_, index): [string, string, object] => [
					`w${index}`,
					'wait.for',
					{ duration: 'PT1H' }
				])
			] as never,
			['e.next>w0', ...Array.from({ length: length - 1 }, (_, index) => `w${index}.next>w${index + 1}`)].join(
				' '
			)
		);

	test('2,000 steps are a journey, and quickly compiled', () => {
		const document = chain(1_999);
		const times = Array.from({ length: 4 }, () => {
			const before = performance.now();
			expect(compile(document, workspace).diagnostics).toEqual([]);
			return performance.now() - before;
		});
		// 20 ms on 2 cores; the bound leaves room for a machine that is busy with other tests.
		expect(Math.min(...times)).toBeLessThan(1_000);
	});

	test('2,001 steps are none', () => expect(codesOf(chain(2_000))).toEqual(['format.limit /steps']));

	test('4,001 connections are none', () => {
		const document = {
			...chain(2),
			edges: Array.from({ length: 4_001 }, () => ({ from: 'w0', outcome: 'next', to: 'w1' }))
		};
		expect(codesOf(document)).toEqual(['format.limit /edges']);
	});

	test('over a mebibyte is none', () => {
		expect(codesOf({ ...chain(2), name: 'é'.repeat(530_000) })).toEqual(['format.limit ']);
	});

	test('a condition without a bottom is none', () => {
		let where: unknown = { all: [] };
		for (let depth = 0; depth < 100_000; depth++) where = { not: where };
		expect(codesOf(documentOf([started, ['d', 'decide.if', { where }]], 'e.next>d'))[0]).toMatch(
			/^format.limit \/steps\/1\/config\/where/
		);
	});

	test('what contains itself is none', () => {
		const circle: Record<string, unknown> = {};
		circle['settings'] = circle;
		expect(codesOf(circle)[0]).toMatch(/^format.limit/);
	});

	test('a key that no object can be built with is none', () => {
		const set: unknown = JSON.parse('{ "city": "Rome", "__proto__": { "vip": true } }');
		const document = documentOf([started, ['u', 'contact.update', { set }]], 'e.next>u');
		expect(codesOf(document)).toEqual(['format.unknown-key /steps/1/config/set/__proto__']);
	});

	test('a tangle of circles is told in at most a hundred of each', () => {
		const steps = Array.from({ length: 300 }, (_, index): [string, string, Record<string, unknown>] => [
			`d${index}`,
			'decide.if',
			{ where: { attribute: 'vip', op: 'exists' } }
		]);
		const ways = steps.flatMap((_, index) => [
			`d${index}.yes>d${(index + 1) % 300}`,
			`d${index}.no>d${(index * 7) % 300}`
		]);
		const { diagnostics } = compile(
			documentOf([started, ...steps], ['e.next>d0', ...ways].join(' ')),
			workspace
		);
		const loops = diagnostics.filter(({ code }) => code.startsWith('loop.'));
		expect(loops.length).toBeGreaterThan(1);
		expect(loops.length).toBeLessThanOrEqual(200);
	});
});

describe('another workspace', () => {
	const document = documentOf(
		[started, ['s', 'send.email', { template: 'secret', purpose: 'treatment' }]],
		'e.next>s'
	);
	const codesOf = (input: unknown, more: object) =>
		compile(input, { ...workspace, ...more } as typeof workspace).diagnostics.map(({ code }) => code);

	test('health information needs an agreement', () => {
		expect(codesOf(document, { baa: false })).toContain('profile.no-baa');
		expect(codesOf(document, { baa: true })).not.toContain('profile.no-baa');
	});

	test('a text is no email', () => {
		const templates = workspace.templates.map((template) => ({ ...template, channel: 'text' }));
		expect(codesOf(document, { templates })).toContain('send.no-channel');
	});

	test('the workspace’s cap counts too', () => {
		const offers = documentOf(
			[
				started,
				['a', 'send.email', { template: 'offer', purpose: 'marketing' }],
				['b', 'send.email', { template: 'offer', purpose: 'marketing' }]
			],
			'e.next>a a.next>b'
		);
		expect(codesOf(offers, { frequencyCap: { messages: 1, per: 'P1D' } })).toEqual(['send.too-many']);
		expect(codesOf(offers, {})).toEqual([]);
	});
});

describe('never throws', () => {
	const isDiagnostic = ({ code, path, message }: Diagnostic) =>
		Object.hasOwn(severities, code) && (path === '' || path.startsWith('/')) && message.length > 0;

	test.each([
		undefined,
		null,
		7,
		'x',
		[],
		{},
		{ steps: [], edges: [] },
		{ steps: {}, edges: null },
		new Date(NaN),
		Symbol('x'),
		() => 1,
		10n
	])('on %p', (input) => {
		const { plan, diagnostics } = compile(input, workspace);
		expect(plan).toBeNull();
		expect(diagnostics.length).toBeGreaterThan(0);
		expect(diagnostics.every(isDiagnostic)).toBe(true);
	});

	test('on what throws when it is looked at', () => {
		const hostile = {
			get steps(): never {
				throw new Error('no');
			}
		};
		expect(compile(hostile, workspace).diagnostics[0]?.code).toBe('format.type');
	});

	test('on any JSON', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (input) => {
				expect(compile(input, workspace).diagnostics.every(isDiagnostic)).toBe(true);
			}),
			{ numRuns: 500 }
		);
	});

	/** A copy with one value somewhere replaced, removed or renamed. */
	function mutated(input: unknown, choose: (below: number) => number, junk: unknown): unknown {
		const copy: unknown = structuredClone(input);
		const places: [Record<string, unknown>, string][] = [];
		const walk = (value: unknown): void => {
			if (typeof value !== 'object' || value === null) return;
			for (const key of Object.keys(value)) {
				places.push([value as Record<string, unknown>, key]);
				walk((value as Record<string, unknown>)[key]);
			}
		};
		walk(copy);
		const [place, key] = places[choose(places.length)] ?? [];
		if (!place || key === undefined) return copy;
		const way = choose(3);
		if (way === 0) place[key] = junk;
		else if (way === 1) Reflect.deleteProperty(place, key);
		else {
			place[`${key}x`] = place[key];
			Reflect.deleteProperty(place, key);
		}
		return copy;
	}

	test('on documents with anything anywhere', () => {
		const junk = fc.oneof(
			fc.jsonValue(),
			fc.constantFrom(
				undefined,
				'',
				'__proto__',
				'constructor',
				'w',
				'decide.if',
				'P1D',
				NaN,
				Infinity,
				-0,
				'\ud800',
				{ not: { any: [] } }
			),
			fc.constant(Object.create(null) as unknown)
		);
		const originals = samples.map(([, document]) => document);
		fc.assert(
			fc.property(
				fc.constantFrom(...originals),
				fc.array(fc.tuple(fc.array(fc.nat(), { minLength: 2, maxLength: 2 }), junk), {
					minLength: 1,
					maxLength: 4
				}),
				(document, changes) => {
					let input: unknown = document;
					for (const [choices, value] of changes) {
						const left = [...choices];
						input = mutated(input, (below) => (left.shift() ?? 0) % Math.max(1, below), value);
					}
					const { plan, diagnostics } = compile(input, workspace);
					expect(diagnostics.every(isDiagnostic)).toBe(true);
					expect(plan === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
				}
			),
			{ numRuns: 2_000 }
		);
	});
});
