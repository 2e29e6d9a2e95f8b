/** Random values, and random comparisons with them: what conditions are unsure of is drawn on purpose. */
import fc from 'fast-check';
import { opSchema } from '../../src/lib/journey/document.ts';
import type { AttributeType } from '../../src/lib/journey/index.ts';

export const TYPES: Record<string, AttributeType> = {
	word: 'text',
	size: 'number',
	flag: 'boolean',
	day: 'date',
	moment: 'datetime',
	tags: 'list'
};

export const DAY = 86_400_000;

const knownWords = fc.constantFrom(
	'',
	'a',
	'A',
	'abc',
	'Straße',
	'STRASSE',
	'École',
	'E\u0301cole',
	'éCOLE',
	'İstanbul',
	'istanbul',
	'ΣΑΣ',
	'σας',
	'😀 a',
	'a\nb',
	'a.b',
	'Å',
	'\u212b',
	'ꙀZ',
	'10',
	'%_'
);
const LETTERS = [
	...'aAbBzZ0 .-_%\\^$[]éÉßẞİiIıΣσςſKsÅʼnǅǆǄ𐐀𐐨😀שāĀẀΐ',
	'\n',
	'\u0301',
	'\u0307',
	'\u0345',
	'\ufffd'
];
export const words = fc.oneof(
	{ weight: 3, arbitrary: knownWords },
	{ weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 5 }) }
);
const numbers = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.constantFrom(-0, 0, 1, -1, 0.1, 0.30000000000000004, 0.3, 1e21, -7e-9, 10, 2 ** 53)
	},
	{ weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) }
);
const someDay = fc
	.integer({ min: Date.parse('0000-01-01') / DAY, max: Date.parse('9999-12-31') / DAY })
	.map((day) => new Date(day * DAY).toISOString().slice(0, 10));
const knownDays = fc.constantFrom(
	'2026-03-08',
	'2026-03-07',
	'2026-03-09',
	'2026-04-08',
	'2024-02-29',
	'2026-02-28',
	'1960-02-29',
	'1999-12-31',
	'2026-03-31',
	'2011-12-30',
	'0000-02-29',
	'0001-01-01',
	'9999-12-31'
);
const daysBy = (now: number) =>
	fc.oneof(
		{ weight: 4, arbitrary: knownDays },
		{
			weight: 4,
			arbitrary: fc
				.integer({ min: -40, max: 40 })
				.map((day) => new Date(now + day * DAY).toISOString().slice(0, 10))
		},
		{ weight: 1, arbitrary: someDay }
	);
const instantsBy = (now: number) =>
	fc.oneof(
		fc.constantFrom(
			new Date(now).toISOString(),
			new Date(now).toISOString().replace('Z', '9999Z'),
			'2026-03-08T02:30:00-05:00',
			'2026-03-08T00:00:00+05:30',
			'2024-02-29T23:30:00-10:00',
			'1960-02-29T12:00Z',
			'1999-12-31t23:59:59z',
			'0000-01-01T00:00:00+23:59',
			'9999-12-31T23:59:59.9999-23:59'
		),
		fc.integer({ min: -60, max: 60 }).map((n) => new Date(now + n * 7 * 3_600_000).toISOString()),
		fc.integer({ min: Date.UTC(1870, 0), max: Date.UTC(2130, 0) }).map((at) => new Date(at).toISOString())
	);
const odd = fc.constantFrom<unknown>(
	null,
	[],
	{},
	{ a: { b: 1 } },
	'2026-02-30',
	'2026-03-08T25:00Z',
	'T',
	[1, 'A'],
	true,
	false
);
const lists = fc.array(fc.oneof(words, numbers, fc.boolean()), { maxLength: 3 });

/** Mostly of the type, sometimes anything. */
export const mostly = (fitting: fc.Arbitrary<unknown>) =>
	fc.oneof({ weight: 5, arbitrary: fitting }, { weight: 1, arbitrary: odd });
export interface Values {
	of: Record<AttributeType, fc.Arbitrary<unknown>>;
	any: fc.Arbitrary<unknown>;
	dates: fc.Arbitrary<string>;
}

export function valuesBy(now: number): Values {
	const [days, instants] = [daysBy(now), instantsBy(now)];
	return {
		of: { text: words, number: numbers, boolean: fc.boolean(), date: days, datetime: instants, list: lists },
		any: fc.oneof(words, numbers, fc.boolean(), days, instants, lists, odd),
		dates: fc.oneof(days, instants)
	};
}

const lengths = fc.constantFrom(
	'PT1H',
	'PT36H',
	'P1D',
	'P7D',
	'P1M',
	'P1Y',
	'P30D',
	'P1DT2H',
	'P2Y3M1W',
	'P400D',
	'PT0S',
	'-P2D',
	'soon'
);
/** What a schema lets through as `within`: above zero, and readable. */
export const durations = lengths.filter((iso) => /^P.*[1-9]/.test(iso));

const literal = fc
	.constantFrom(...LETTERS)
	.map((letter) => (/[!-/:-@[-`{-~]/.test(letter) ? `\\${letter}` : letter));
const set = fc
	.tuple(
		fc.boolean(),
		fc.array(fc.oneof(literal, fc.constantFrom('a-z', 'A-Z', 'À-Þ', 'Α-Ω', '\\!-\\/', 'ā-ž', '𐐀-𐐧')), {
			minLength: 1,
			maxLength: 3
		})
	)
	.map(([except, members]) => `[${except ? '^' : ''}${members.join('')}]`);
const times = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '{0}');
const drawnPattern = fc.letrec<{ either: string; sequence: string; piece: string }>((tie) => ({
	either: fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('|')),
	sequence: fc.array(tie('piece'), { maxLength: 3 }).map((parts) => parts.join('')),
	piece: fc.oneof(
		{ maxDepth: 3 },
		{ weight: 1, arbitrary: fc.constantFrom('^', '$') },
		{
			weight: 5,
			arbitrary: fc.tuple(fc.oneof(literal, fc.constant('.'), set), times).map((parts) => parts.join(''))
		},
		{ weight: 1, arbitrary: fc.tuple(tie('either'), times).map(([inner, how]) => `(${inner})${how}`) }
	)
})).either;
const patterns = fc.oneof(
	fc.constantFrom(
		'a',
		'^a',
		'b$',
		's.s',
		'[a-c]+',
		'[^a]',
		'é?c',
		'(a|b){1,2}',
		'^$',
		'σ',
		'\\.',
		'i',
		'[À-Ö]',
		'(',
		'\\d'
	),
	drawnPattern
);

export function testOf(
	value: fc.Arbitrary<unknown>,
	dates: fc.Arbitrary<string>
): fc.Arbitrary<{ op: string; value?: unknown }> {
	return fc.oneof(
		{ weight: 6, arbitrary: fc.record({ op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value }) },
		{ weight: 3, arbitrary: fc.record({ op: fc.constant('in'), value: fc.array(value, { maxLength: 3 }) }) },
		{
			weight: 3,
			arbitrary: fc.record({ op: fc.constant('contains'), value: fc.oneof(words, numbers, fc.boolean()) })
		},
		{ weight: 2, arbitrary: fc.record({ op: fc.constant('startsWith'), value: words }) },
		{ weight: 3, arbitrary: fc.record({ op: fc.constant('matches'), value: patterns }) },
		{ weight: 1, arbitrary: fc.constantFrom({ op: 'exists' }, { op: 'missing' }) },
		{ weight: 3, arbitrary: fc.record({ op: fc.constantFrom('before', 'after'), value: dates }) },
		{
			weight: 4,
			arbitrary: fc.record({
				op: fc.constantFrom('withinLast', 'withinNext', 'anniversaryWithin'),
				value: lengths
			})
		},
		{ weight: 1, arbitrary: fc.record({ op: fc.constantFrom(...opSchema.options), value: odd }) }
	);
}
