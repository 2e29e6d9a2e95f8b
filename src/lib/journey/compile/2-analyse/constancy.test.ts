import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Op, Where } from '../../document.ts';
import { NOW, workspace } from '../../support/fixtures.ts';
import { evaluate, type Facts } from '../../where/evaluate.ts';
import { constancyOf } from './constancy.ts';

const types = new Map(workspace.attributes.map(({ key, type }) => [key, type]));

const number = fc.constantFrom<Op>('=', '!=', '<', '<=', '>', '>=');
const comparison = fc.oneof(
	fc.record({ attribute: fc.constant('age'), op: number, value: fc.integer({ min: 0, max: 3 }) }),
	fc.record({
		attribute: fc.constant('age'),
		op: fc.constant<Op>('in'),
		value: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 })
	}),
	fc.record({ attribute: fc.constant('vip'), op: fc.constantFrom<Op>('=', '!='), value: fc.boolean() }),
	fc.record({
		attribute: fc.constant('city'),
		op: fc.constantFrom<Op>('=', '!=', '<', '>=', 'startsWith', 'contains'),
		value: fc.constantFrom('a', 'A', 'ab', 'b')
	}),
	fc.record({
		attribute: fc.constant('birthday'),
		op: fc.constantFrom<Op>('=', '<', 'before', 'after', '>='),
		value: fc.constantFrom('2026-01-01', '2026-01-02')
	}),
	fc.record({
		trigger: fc.constant('n'),
		op: number,
		value: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant('1'))
	}),
	fc.record({
		attribute: fc.constantFrom('age', 'city', 'vip'),
		op: fc.constantFrom<Op>('exists', 'missing')
	})
) as fc.Arbitrary<Where>;

const where = fc.letrec<{ where: Where }>((tie) => ({
	where: fc.oneof(
		{ maxDepth: 3 },
		comparison,
		fc.record({ all: fc.array(tie('where'), { maxLength: 3 }) }),
		fc.record({ any: fc.array(tie('where'), { maxLength: 3 }) }),
		fc.record({ not: tie('where') })
	)
})).where;

const facts = fc
	.record({
		age: fc.option(fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constant('1')), { nil: undefined }),
		vip: fc.option(fc.boolean(), { nil: undefined }),
		city: fc.option(fc.constantFrom('a', 'ab', 'B', 'c', ''), { nil: undefined }),
		birthday: fc.option(fc.constantFrom('2025-12-31', '2026-01-01', '2026-01-02'), { nil: undefined }),
		n: fc.option(fc.constantFrom<unknown>(0, 1, 2, '1', true), { nil: undefined })
	})
	.map(({ n, ...attributes }): Facts => ({
		contact: { attributes },
		zone: 'UTC',
		attributeTypes: Object.fromEntries(types),
		trigger: { n },
		events: [],
		messages: [],
		consents: []
	}));

test('what is said to hold always or never does so for everyone', () => {
	let decided = 0;
	fc.assert(
		fc.property(where, fc.array(facts, { minLength: 10, maxLength: 10 }), (condition, people) => {
			const constancy = constancyOf(condition, types);
			if (constancy === 'sometimes') return;
			decided++;
			for (const person of people) expect(evaluate(condition, person, NOW)).toBe(constancy === 'always');
		}),
		{ numRuns: 5_000 }
	);
	expect(decided).toBeGreaterThan(100);
});

test('a condition as large as a document may hold is looked at in no time', () => {
	const many: Where[] = Array.from({ length: 5_000 }, (_, value) => ({ attribute: 'age', op: '!=', value }));
	const before = performance.now();
	constancyOf({ all: [...many, { any: many }] }, types);
	expect(performance.now() - before).toBeLessThan(2_000);
});
