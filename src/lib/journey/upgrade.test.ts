import { describe, expect, test } from 'vitest';
import { advance } from './advance.ts';
import { compile } from './compile/compile.ts';
import type { Workspace } from './compile/workspace.ts';
import type { Advance, Wake } from './enrollment.ts';
import { readPlan, type Plan } from './plan.ts';
import { worldOf, entering } from './support/fixtures.ts';
import { upgrade, type Upgrade } from './upgrade.ts';

const recorded = import.meta.glob<unknown>('./upgrade/first-slice/*.json', {
	eager: true,
	import: 'default'
});
const fileOf = (name: string) => recorded[`./upgrade/first-slice/${name}.json`];
const workspace = fileOf('workspace') as Workspace;
const slugs = ['birthday-check-up', 'eob-ready', 'lab-result-ready', 'post-visit-follow-up'];

function compiled(slug: string): Plan {
	const { plan, diagnostics } = compile(upgrade(fileOf(`${slug}.document`)), workspace, slug);
	if (!plan) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
	return plan;
}

/** One passage, woken by its due time over and over: what somebody meets to whom nothing happens. */
function passage(plan: Plan): Advance[] {
	const turns: Advance[] = [];
	let state = entering(plan, { score: 3 });
	let wake: Wake = { kind: 'start' };
	let now = state.enteredAt;
	for (let turn = 0; turn < 50; turn++) {
		const after = advance(plan, state, wake, worldOf(), now);
		turns.push(after);
		if (after.state !== 'waiting') return turns;
		const { step, arrivedAt, arrivals, visitCount } = after;
		state = { ...state, step, arrivedAt, arrivals, visitCount, standing: true };
		now = after.dueAt ?? now;
		wake =
			after.waitingFor === 'handover' ? { kind: 'handover', outcome: 'next', reason: null } : { kind: 'due' };
	}
	throw new Error('The passage does not end.');
}

describe('what the first version wrote', () => {
	test.each(slugs)('%s is read unchanged', (slug) => {
		const document = fileOf(`${slug}.document`);
		expect(upgrade(document)).toBe(document);
	});

	test.each(slugs)('%s compiles to the same plan, but for what was added since', (slug) => {
		expect(JSON.parse(JSON.stringify(compiled(slug)))).toMatchObject(fileOf(`${slug}.plan`) as object);
	});

	test.each(slugs)('the stored plan of %s runs as it is', (slug) => {
		const stored = readPlan(fileOf(`${slug}.plan`));
		if (!stored) throw new Error('The plan can not be read.');
		expect(stored).not.toHaveProperty('volume');
		const turns = passage(stored);
		expect(turns.at(-1)?.state).not.toBe('failed');
		expect(turns).toEqual(passage(compiled(slug)));
	});
});

describe('a chain of formats', () => {
	const steps: Upgrade[] = [
		{ from: 'a/1', to: 'a/2', change: ({ title, ...rest }) => ({ ...rest, name: title }) },
		{
			from: 'a/2',
			to: 'a/3',
			change: (document) => ({ ...document, tags: (document['tags'] as string[]).length })
		}
	];

	test('is gone along to its end', () => {
		expect(upgrade({ format: 'a/1', title: 'x', tags: ['y'] }, steps)).toEqual({
			format: 'a/3',
			name: 'x',
			tags: 1
		});
		expect(upgrade({ format: 'a/2', name: 'x', tags: [] }, steps)).toEqual({
			format: 'a/3',
			name: 'x',
			tags: 0
		});
	});

	test.each([null, undefined, 7, 'a/1', [], {}, { format: 'b/1' }, { format: 'a/3' }, { format: ['a/1'] }])(
		'leaves %j as it is',
		(input) => expect(upgrade(input, steps)).toBe(input)
	);

	test('never throws on what is not shaped as it says', () => {
		expect(upgrade({ format: 'a/2' }, steps)).toEqual({ format: 'a/3' });
	});

	test('ends where it goes in a circle', () => {
		const circle: Upgrade[] = [
			{ from: 'a/1', to: 'a/2', change: (document) => document },
			{ from: 'a/2', to: 'a/1', change: (document) => document }
		];
		expect(upgrade({ format: 'a/1' }, circle)).toEqual({ format: 'a/1' });
	});

	test('does not change what it is given', () => {
		const input = Object.freeze({ format: 'a/1', title: 'x', tags: Object.freeze(['y']) });
		upgrade(input, steps);
		expect(input).toEqual({ format: 'a/1', title: 'x', tags: ['y'] });
	});
});
