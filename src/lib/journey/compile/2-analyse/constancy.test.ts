import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Op, Where } from '../../document.ts';
import { NOW, authorized, eventOf, workspace } from '../../support/fixtures.ts';
import { evaluate, type Facts } from '../../where/evaluate.ts';
import { constancyIn, constancyOf } from './constancy.ts';
import { formsOf } from './forms.ts';
import { Segments } from './segments.ts';

const types = new Map(workspace.attributes.map(({ key, type }) => [key, type]));
const segments = new Segments(workspace.segments ?? [], types);

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
		attribute: fc.constant('lastSeen'),
		op: fc.constantFrom<Op>('=', '!=', '<=', 'before', 'after', 'withinLast', 'withinNext'),
		value: fc.constantFrom('2026-03-02T12:00:00Z', '2026-03-02T13:00:00+01:00', '2026-03-03', 'P1D')
	}),
	fc.record({
		trigger: fc.constant('n'),
		op: fc.constantFrom<Op>('in', 'contains', 'startsWith', 'matches', '=', '!=', 'before'),
		value: fc.constantFrom<unknown>([0, '1'], [true], [], '1', '', 1, true, false, '2026-01-01')
	}),
	fc.record({
		attribute: fc.constantFrom('age', 'city', 'vip', 'lastSeen'),
		op: fc.constantFrom<Op>('exists', 'missing')
	}),
	fc.record({
		event: fc.record({
			name: fc.constant('paid'),
			count: fc.record({ op: number, value: fc.integer({ min: 0, max: 3 }) })
		})
	}),
	fc.constantFrom<unknown>(
		{ event: { name: 'paid' } },
		{ message: { was: 'sent' } },
		{ consent: 'marketing' },
		{ segment: 'vips' },
		{ segment: 'regulars' },
		{ segment: 'senior-vips' },
		{ segment: 'active-regulars' }
	)
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

const sent: Facts['messages'][number] = {
	step: 's',
	sentAt: NOW - 1,
	deliveredAt: null,
	openedAt: null,
	clickedAt: null,
	bouncedAt: null
};

const facts = fc
	.record({
		age: fc.option(fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constant('1')), { nil: undefined }),
		vip: fc.option(fc.boolean(), { nil: undefined }),
		city: fc.option(fc.constantFrom('a', 'ab', 'B', 'c', ''), { nil: undefined }),
		birthday: fc.option(fc.constantFrom('2025-12-31', '2026-01-01', '2026-01-02'), { nil: undefined }),
		n: fc.option(fc.constantFrom<unknown>(0, 1, 2, '1', '', true, ['1'], '2026-01-01'), { nil: undefined }),
		lastSeen: fc.option(fc.constantFrom('2026-03-02T12:00:00.000Z', '2026-03-04T00:00:00.000Z', 'never'), {
			nil: undefined
		}),
		paid: fc.integer({ min: 0, max: 4 }),
		isSent: fc.boolean(),
		isHeld: fc.boolean(),
		isKept: fc.boolean()
	})
	.map(({ n, paid, isSent, isHeld, isKept, ...attributes }): Facts => {
		const events = Array.from({ length: paid }, (_, id) => eventOf(id + 1, 'paid', NOW - 1));
		const messages = isSent ? [sent] : [];
		return {
			contact: { attributes },
			zone: 'UTC',
			attributeTypes: Object.fromEntries(types),
			trigger: { n },
			events,
			messages,
			consents: isHeld ? authorized : [],
			segments: {
				conditions: Object.fromEntries((workspace.segments ?? []).map((each) => [each.slug, each.where])),
				kept: isKept ? ['regulars'] : [],
				events,
				messages,
				zone: 'UTC'
			}
		};
	});

test('what is said to hold always or never does so for everyone', () => {
	let decided = 0;
	fc.assert(
		fc.property(where, fc.array(facts, { minLength: 10, maxLength: 10 }), (condition, people) => {
			const constancy = constancyOf(condition, types, segments);
			if (constancy === 'sometimes') return;
			decided++;
			for (const person of people) expect(evaluate(condition, person, NOW)).toBe(constancy === 'always');
		}),
		{ numRuns: 5_000 }
	);
	expect(decided).toBeGreaterThan(100);
});

test('nor does anybody who fulfils, or not, what is known before', () => {
	let decided = 0;
	const words = { types, segments };
	const known = fc.array(fc.tuple(where, fc.boolean()), { minLength: 1, maxLength: 3 });
	fc.assert(
		fc.property(
			known,
			where,
			fc.array(facts, { minLength: 15, maxLength: 15 }),
			(before, condition, people) => {
				const forms = before.flatMap(([each, holds]) => formsOf(each, holds, words));
				const constancy = constancyIn(
					forms,
					formsOf(condition, true, words),
					formsOf(condition, false, words)
				);
				if (constancy === 'sometimes') return;
				for (const person of people) {
					if (before.some(([each, holds]) => evaluate(each, person, NOW) !== holds)) continue;
					decided++;
					expect(evaluate(condition, person, NOW)).toBe(constancy === 'always');
				}
			}
		),
		{ numRuns: 5_000 }
	);
	expect(decided).toBeGreaterThan(300);
});

test.each<[string, Where[], Where, 'always' | 'never' | 'sometimes']>([
	['a range within a range', [age('>', 65)], age('>', 60), 'always'],
	['a range beside a range', [age('>', 65)], age('<', 18), 'never'],
	['not below says nothing of who has none', [{ not: age('<', 18) }], age('>=', 18), 'sometimes'],
	[
		'no number is before another, so that one is not says nothing of it',
		[{ not: { trigger: 'n', op: 'before', value: 1 } }],
		{ trigger: 'n', op: '=', value: 0 },
		'sometimes'
	],
	['not below says more of who has one', [{ not: age('<', 18) }, age('!=', 3)], age('>=', 18), 'always'],
	[
		'that it exists does not say of what type',
		[{ attribute: 'vip', op: 'exists' }, { not: vip(true) }],
		vip(false),
		'sometimes'
	],
	[
		'all values are taken',
		[{ not: vip(true) }, { attribute: 'vip', op: 'in', value: [true, false] }],
		vip(false),
		'always'
	],
	[
		'a day between two days',
		[birthday('after', '2026-01-01'), birthday('before', '2026-01-03')],
		birthday('=', '2026-01-02'),
		'always'
	],
	[
		'text in another case',
		[{ attribute: 'city', op: '=', value: 'ROME' }],
		{ attribute: 'city', op: 'in', value: ['rome'] },
		'always'
	],
	[
		'one of two that can not be the other',
		[{ any: [vip(true), age('>', 65)] }, age('<', 18)],
		vip(true),
		'always'
	],
	['counts are whole numbers', [paid('>', 0), paid('<', 2)], paid('=', 1), 'always'],
	['a segment by what it asks', [{ segment: 'senior-vips' }], age('>', 60), 'always'],
	[
		'two beginnings',
		[{ trigger: 'n', op: 'startsWith', value: 'a' }],
		{ trigger: 'n', op: 'startsWith', value: 'b' },
		'never'
	],
	[
		'text that is no number',
		[{ trigger: 'n', op: 'contains', value: 'a' }],
		{ trigger: 'n', op: '>', value: 1 },
		'never'
	]
])('%s', (_, known, condition, constancy) => {
	const words = { types, segments };
	const forms = known.flatMap((each) => formsOf(each, true, words));
	expect(constancyIn(forms, formsOf(condition, true, words), formsOf(condition, false, words))).toBe(
		constancy
	);
});

function age(op: Op, value: number): Where {
	return { attribute: 'age', op, value };
}

function vip(value: boolean): Where {
	return { attribute: 'vip', op: '=', value };
}

function birthday(op: Op, value: string): Where {
	return { attribute: 'birthday', op, value };
}

function paid(op: '=' | '>' | '<', value: number): Where {
	return { event: { name: 'paid', count: { op, value } } };
}

test('a condition as large as a document may hold is looked at in no time', () => {
	const many: Where[] = Array.from({ length: 5_000 }, (_, value) => ({ attribute: 'age', op: '!=', value }));
	const before = performance.now();
	constancyOf({ all: [...many, { any: many }] }, types);
	expect(performance.now() - before).toBeLessThan(2_000);
});
