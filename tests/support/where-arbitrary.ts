/** Random conditions, and people with everything that conditions look at. */
import fc from 'fast-check';
import type { AttributeType, Where } from '../../src/lib/journey/index.ts';

export const NOW = Date.parse('2026-03-08T06:30:00.123Z');

export const ZONES = [
	'UTC',
	'America/New_York',
	'Asia/Kolkata',
	'Australia/Lord_Howe',
	'Africa/Casablanca',
	'Pacific/Apia'
];

export const TYPES: Record<string, AttributeType> = {
	word: 'text',
	size: 'number',
	flag: 'boolean',
	day: 'date',
	moment: 'datetime',
	tags: 'list'
};

const DAY = 86_400_000;

const words = fc.constantFrom(
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
const numbers = fc.constantFrom(-0, 0, 1, -1, 0.1, 2.5, 1e21, -7e-9, 10, 2 ** 53);
const days = fc.constantFrom(
	'2026-03-08',
	'2026-03-07',
	'2026-03-09',
	'2026-04-08',
	'2024-02-29',
	'2026-02-28',
	'1960-02-29',
	'1999-12-31',
	'2026-03-31',
	'0001-01-01',
	'9999-12-31'
);
const instants = fc.oneof(
	fc.constantFrom(
		'2026-03-08T06:30:00.123Z',
		'2026-03-08T06:30:00.1239999Z',
		'2026-03-08T02:30:00-05:00',
		'2026-03-08T00:00:00+05:30',
		'2026-03-07T23:59:59Z',
		'2024-02-29T23:30:00-10:00',
		'1960-02-29T12:00Z',
		'1999-12-31t23:59:59z'
	),
	fc.integer({ min: -40, max: 40 }).map((n) => new Date(NOW + n * 7 * 3_600_000).toISOString())
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
const mostly = (fitting: fc.Arbitrary<unknown>) =>
	fc.oneof({ weight: 5, arbitrary: fitting }, { weight: 1, arbitrary: odd });
const values: Record<AttributeType, fc.Arbitrary<unknown>> = {
	text: words,
	number: numbers,
	boolean: fc.boolean(),
	date: days,
	datetime: instants,
	list: lists
};
const anyValue = fc.oneof(words, numbers, fc.boolean(), days, instants, lists, odd);

const durations = fc.constantFrom('PT1H', 'PT36H', 'P1D', 'P7D', 'P1M', 'P1Y', 'P30D', 'P1DT2H');
const patterns = fc.constantFrom(
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
	'[À-Ö]'
);

function testOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<{ op: string; value?: unknown }> {
	const scalar = value.filter((each) => typeof each !== 'object');
	return fc.oneof(
		fc.record({ op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: scalar }),
		fc.record({ op: fc.constant('in'), value: fc.array(scalar, { maxLength: 3 }) }),
		fc.record({ op: fc.constant('contains'), value: fc.oneof(words, numbers, fc.boolean()) }),
		fc.record({ op: fc.constant('startsWith'), value: words }),
		fc.record({ op: fc.constant('matches'), value: patterns }),
		fc.constantFrom({ op: 'exists' }, { op: 'missing' }),
		fc.record({ op: fc.constantFrom('before', 'after'), value: fc.oneof(days, instants) }),
		fc.record({ op: fc.constantFrom('withinLast', 'withinNext', 'anniversaryWithin'), value: durations })
	);
}

const EVENTS = ['order', 'visit.completed', 'email.opened'];
const STEPS = ['s', 't'];
const PATHS = ['n', 'a.b', 'deep.in.side', 'list.0', 'missing'];

const attributeLeaf = fc.constantFrom(...Object.keys(TYPES), 'undeclared').chain((attribute) => {
	const type = TYPES[attribute];
	return testOf(type ? fc.oneof({ weight: 3, arbitrary: values[type] }, anyValue) : anyValue).map((test) => ({
		attribute,
		...test
	}));
});
const propertyTest = fc
	.constantFrom(...PATHS)
	.chain((property) => testOf(anyValue).map((test) => ({ property, ...test })));
const eventLeaf = fc
	.record(
		{
			name: fc.constantFrom(...EVENTS),
			where: fc.array(propertyTest, { maxLength: 2 }),
			within: durations,
			count: fc.record({ op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: fc.nat(3) })
		},
		{ requiredKeys: ['name'] }
	)
	.map((event) => ({ event }));
const messageLeaf = fc
	.record(
		{
			step: fc.constantFrom(...STEPS),
			was: fc.constantFrom('sent', 'delivered', 'opened', 'clicked', 'bounced', 'ignored'),
			link: fc.constantFrom('https://clinic.test/a', 'https://clinic.test/b'),
			within: durations
		},
		{ requiredKeys: ['was'] }
	)
	.map((message) => ({ message }));
const otherLeaf = fc.oneof(
	fc.constantFrom('high', 'nested', 'kept', 'nowhere').map((segment) => ({ segment })),
	fc.record(
		{ consent: fc.constantFrom('marketing', 'email', 'text'), topic: fc.constantFrom('news', 'offers') },
		{ requiredKeys: ['consent'] }
	),
	testOf(words).map((test) => ({ trigger: 'x', ...test }))
);

export const whereArb = fc.letrec<{ where: unknown }>((tie) => ({
	where: fc.oneof(
		{ maxDepth: 3 },
		{ weight: 4, arbitrary: attributeLeaf },
		{ weight: 2, arbitrary: eventLeaf },
		{ weight: 2, arbitrary: messageLeaf },
		{ weight: 1, arbitrary: otherLeaf },
		{ weight: 1, arbitrary: fc.record({ all: fc.array(tie('where'), { maxLength: 3 }) }) },
		{ weight: 1, arbitrary: fc.record({ any: fc.array(tie('where'), { maxLength: 3 }) }) },
		{ weight: 1, arbitrary: fc.record({ not: tie('where') }) }
	)
})).where as fc.Arbitrary<Where>;

const offsetArb = fc.integer({ min: -60 * 24, max: 3 * 24 }).map((hours) => NOW + hours * 3_600_000);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

export interface DrawnPerson {
	timezone: string | null;
	attributes: Record<string, unknown>;
	events: { name: string; occurredAt: number; properties: Record<string, unknown> }[];
	messages: {
		step: string;
		sentAt: number | null;
		openedAt: number | null;
		clickedAt: number | null;
		bouncedAt: number | null;
		link: number | null;
	}[];
	consents: {
		kind: 'marketing' | 'email' | 'text';
		topic: string | null;
		grantedAt: number;
		expiresAt: number | null;
		revokedAt: number | null;
	}[];
	kept: boolean;
}

export const personArb: fc.Arbitrary<DrawnPerson> = fc.record({
	timezone: maybe(fc.constantFrom(...ZONES, 'Nowhere/At_All')),
	attributes: fc.record(
		{
			word: mostly(words),
			size: mostly(numbers),
			flag: mostly(fc.boolean()),
			day: mostly(days),
			moment: mostly(instants),
			tags: mostly(lists),
			undeclared: anyValue
		},
		{ requiredKeys: [] }
	),
	events: fc.array(
		fc.record({
			name: fc.constantFrom(...EVENTS),
			occurredAt: offsetArb,
			properties: fc.record(
				{
					n: anyValue,
					'a.b': maybe(anyValue),
					a: fc.constantFrom<unknown>({ b: 1 }, { b: 'A' }, [1]),
					deep: fc.constantFrom<unknown>({ in: { side: 'École' } }, { in: [] }, 3),
					list: fc.constant(['x']),
					machine: fc.constantFrom<unknown>(true, false, 'true', null)
				},
				{ requiredKeys: [] }
			)
		}),
		{ maxLength: 4 }
	),
	messages: fc.array(
		fc.record({
			step: fc.constantFrom(...STEPS),
			sentAt: maybe(offsetArb),
			openedAt: maybe(offsetArb),
			clickedAt: maybe(offsetArb),
			bouncedAt: maybe(offsetArb),
			link: maybe(fc.nat(1))
		}),
		{ maxLength: 3 }
	),
	consents: fc.array(
		fc.record({
			kind: fc.constantFrom('marketing' as const, 'email' as const, 'text' as const),
			topic: maybe(fc.constantFrom('news', 'offers')),
			grantedAt: offsetArb,
			expiresAt: maybe(fc.oneof(offsetArb, fc.constant(NOW), fc.constant(NOW + DAY))),
			revokedAt: maybe(offsetArb)
		}),
		{ maxLength: 2 }
	),
	kept: fc.boolean()
});
