/** Random scenarios for properties: journeys of all kinds that compile, people, and what happens to them. */
import fc from 'fast-check';
import type { Scenario } from '../rehearse/scenario.ts';

type Config = Record<string, unknown>;
interface DrawnStep {
	id: string;
	kind: string;
	config: Config;
	maxVisits?: number;
	disabled?: boolean;
}
interface DrawnEdge {
	from: string;
	outcome: string;
	to: string;
}

const START = Date.UTC(2026, 2, 6, 12);
const DAY = 86_400_000;
const iso = (instant: number) => new Date(instant).toISOString();

const attributes: Scenario['attributes'] = [
	{ key: 'score', type: 'number' },
	{ key: 'city', type: 'text' },
	{ key: 'visit', type: 'date' },
	{ key: 'seen', type: 'datetime', phi: true },
	{ key: 'tags', type: 'list' },
	{ key: 'vip', type: 'boolean' }
];
const segments: Scenario['segments'] = [
	{ slug: 'busy', where: { event: { name: 'order', within: 'P2D' } } },
	{ slug: 'high', where: { attribute: 'score', op: '>', value: 5 } },
	{ slug: 'written', where: { message: { was: 'sent' } } },
	{ slug: 'picked', where: null }
];
const templates: Scenario['templates'] = [
	{ slug: 'hello', channel: 'email', subject: 'Hello', text: 'Hello {{ contact.city }}.' },
	{ slug: 'note', channel: 'text', text: 'Hello.' }
];

const whereArb = fc.letrec<{ where: unknown; leaf: unknown }>((tie) => ({
	where: fc.oneof(
		{ maxDepth: 2, withCrossShrink: true },
		tie('leaf'),
		fc.record({ all: fc.array(tie('where'), { maxLength: 2 }) }),
		fc.record({ any: fc.array(tie('where'), { maxLength: 2 }) }),
		fc.record({ not: tie('where') })
	),
	leaf: fc.constantFrom<unknown>(
		{ attribute: 'score', op: '>', value: 4 },
		{ attribute: 'score', op: 'missing' },
		{ attribute: 'city', op: 'contains', value: 'É' },
		{ attribute: 'visit', op: 'withinNext', value: 'P3D' },
		{ attribute: 'vip', op: '=', value: true },
		{ trigger: 'n', op: '>=', value: 2 },
		{ event: { name: 'order', count: { op: '>=', value: 2 } } },
		{ message: { was: 'opened' } },
		{ segment: 'busy' },
		{ segment: 'picked' },
		{ consent: 'marketing' }
	)
})).where;

const durationArb = fc.constantFrom('PT30M', 'PT5H', 'P1D', 'P2D', 'P1W');

function configArb(kind: string, others: string[]): fc.Arbitrary<Config> {
	const purpose = fc.constantFrom('treatment', 'operations', 'marketing');
	switch (kind) {
		case 'decide.if':
			return fc.record({ where: whereArb });
		case 'decide.match':
			return fc.record({ one: whereArb, two: whereArb }).map(({ one, two }) => ({
				branches: [
					{ id: 'one', where: one },
					{ id: 'two', where: two }
				]
			}));
		case 'decide.random':
			return fc.record({ a: fc.nat(3), b: fc.integer({ min: 1, max: 3 }) }).map(({ a, b }) => ({
				branches: [
					{ id: 'one', weight: a },
					{ id: 'two', weight: b }
				]
			}));
		case 'wait.for':
			return fc.record({ duration: durationArb });
		case 'wait.until':
			return fc.constantFrom<Config>(
				{ at: '09:00' },
				{ at: '22:00', until: '02:00' },
				{ days: [1, 4] },
				{ date: 'visit', offset: '-P1D', at: '10:00' },
				{ date: 'trigger.day' }
			);
		case 'wait.event':
			return fc
				.record({ timeout: durationArb, same: fc.constantFrom(undefined, 'n') })
				.map(({ timeout, same }) => ({
					event: 'order',
					timeout,
					...(same ? { same } : {})
				}));
		case 'wait.pace':
			return fc.record({ contacts: fc.integer({ min: 1, max: 2 }), per: durationArb });
		case 'wait.approval':
			return fc
				.record({ timeout: durationArb })
				.map(({ timeout }) => ({ by: 'nurse', ask: 'Go on?', timeout }));
		case 'send.email':
			return fc.record({ purpose, quiet: fc.boolean() }).map(({ purpose: why, quiet }) => ({
				template: 'hello',
				purpose: why,
				...(quiet ? { quietHours: { from: '20:00', to: '08:00' } } : {})
			}));
		case 'send.text':
			return fc.record({ purpose }).map((config) => ({ template: 'note', ...config }));
		case 'contact.update':
			return fc.constantFrom<Config>(
				{ set: { score: 9 } },
				{ set: { score: '{{ trigger.n }}', city: '{{ contact.city }}x' } },
				{ set: { visit: '{{ trigger.day }}' } },
				{ set: { score: null } }
			);
		case 'segment.add':
		case 'segment.remove':
			return fc.constant({ segment: 'picked' });
		case 'webhook.call':
			return fc.constant({ url: 'https://hooks.example.test/x', method: 'POST', save: 'score' });
		case 'notify.team':
			return fc.constant({ to: ['desk'], message: 'Look at {{ contact.city }}.' });
		case 'journey.enter':
			return fc.record({ journey: fc.constantFrom(...others), stay: fc.boolean() });
		default:
			return fc.constant({});
	}
}

const KINDS = [
	'decide.if',
	'decide.match',
	'decide.random',
	'wait.for',
	'wait.for',
	'wait.until',
	'wait.event',
	'wait.pace',
	'wait.approval',
	'send.email',
	'send.email',
	'send.text',
	'contact.update',
	'segment.add',
	'segment.remove',
	'webhook.call',
	'notify.team',
	'journey.enter',
	'exit'
];

const OUTCOMES: Record<string, string[]> = {
	'decide.if': ['yes', 'no'],
	'decide.match': ['one', 'two', 'else'],
	'decide.random': ['one', 'two'],
	'wait.until': ['next', 'past'],
	'wait.event': ['happened', 'timeout'],
	'wait.approval': ['approved', 'declined', 'timeout'],
	'send.email': ['next', 'blocked', 'failed'],
	'send.text': ['next', 'blocked'],
	'webhook.call': ['next', 'failed'],
	'journey.enter': ['next', 'refused'],
	exit: []
};

function outcomesOf(kind: string): string[] {
	return OUTCOMES[kind] ?? ['next'];
}

const triggerArb = fc.constantFrom<[string, Config]>(
	['trigger.transactional', { event: 'go' }],
	['trigger.transactional', { event: 'go', key: 'n' }],
	['trigger.transactional', { event: 'order', where: { trigger: 'n', op: '>', value: 1 } }],
	['trigger.transactional', { event: 'go', limit: { contacts: 1, per: 'P1D' } }],
	['trigger.api', { name: 'go' }],
	['trigger.behavior', { event: 'email.opened' }],
	['trigger.behavior', { event: 'email.ignored', for: 'P1D' }],
	['trigger.segment', { segment: 'busy', on: 'enter' }],
	['trigger.segment', { segment: 'high', on: 'enter' }],
	['trigger.segment', { segment: 'picked', on: 'leave' }],
	['trigger.time', { date: 'visit', offset: '-P1D', at: '09:00', repeat: 'once' }],
	[
		'trigger.time',
		{ every: 'FREQ=DAILY', at: '07:00', audience: { attribute: 'vip', op: '=', value: true } }
	],
	['trigger.time', { inactive: { event: '*', for: 'P2D' } }]
);

interface Drawing {
	triggers: [string, Config][];
	steps: { kind: string; config: Config; visits: number; disabled: boolean }[];
	/** For each outcome, how far ahead it leads; 0 leads nowhere. */
	hops: number[];
	/** Waits that lead back, by how far. */
	back: number[];
	settings: Config;
}

const settingsArb = fc.record(
	{
		timezone: fc.constantFrom('America/New_York', 'Asia/Kolkata'),
		reentry: fc.constantFrom<Config>(
			{ when: 'never' },
			{ when: 'always' },
			{ when: 'afterExit', wait: 'P1D' }
		),
		exitWhen: fc.constant({ event: { name: 'stop' } }),
		goal: fc.constant({ event: { name: 'win' }, within: 'P3D' }),
		frequencyCap: fc.constant({ messages: 2, per: 'P3D' }),
		quietHours: fc.constant({ from: '21:00', to: '07:00', collision: 'skip' }),
		maxVisits: fc.integer({ min: 1, max: 4 })
	},
	{ requiredKeys: [] }
);

function drawingArb(others: string[]): fc.Arbitrary<Drawing> {
	const stepArb = fc.constantFrom(...KINDS).chain((kind) =>
		fc.record({
			kind: fc.constant(kind),
			config: configArb(kind, others),
			visits: fc.nat(3),
			disabled: fc.integer({ min: 0, max: 12 }).map((n) => n === 0 && outcomesOf(kind).includes('next'))
		})
	);
	return fc.record({
		triggers: fc.array(triggerArb, { minLength: 1, maxLength: 3 }),
		steps: fc.array(stepArb, { minLength: 1, maxLength: 9 }),
		hops: fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }),
		back: fc.array(fc.nat(4), { minLength: 10, maxLength: 10 }),
		settings: settingsArb
	});
}

function documentOf({
	triggers,
	steps,
	hops,
	back,
	settings
}: Drawing): { steps: DrawnStep[]; edges: DrawnEdge[] } & Config {
	const entries: DrawnStep[] = [
		...triggers.map(([kind, config], n): DrawnStep => ({ id: `t${n}`, kind, config })),
		{ id: 'm', kind: 'trigger.manual', config: {} }
	];
	const drawn = steps.map(({ kind, config, visits, disabled }, n): DrawnStep => ({
		id: `s${n}`,
		kind,
		config,
		...(visits > 0 ? { maxVisits: visits } : {}),
		...(disabled ? { disabled } : {})
	}));
	let at = 0;
	const edges: DrawnEdge[] = entries.map(({ id }) => ({ from: id, outcome: 'next', to: 's0' }));
	drawn.forEach((step, n) => {
		for (const outcome of outcomesOf(step.kind)) {
			const back0 = back[n % back.length] ?? 0;
			// Only a wait of a length leads back, so every circle waits.
			const isBack = step.kind === 'wait.for' && !step.disabled && back0 > 0 && n > 0;
			const hop = hops[at++ % hops.length] ?? 0;
			const to = isBack ? Math.max(0, n - back0) : n + hop;
			if ((isBack || hop > 0) && to < drawn.length) edges.push({ from: step.id, outcome, to: `s${to}` });
		}
	});
	return { format: 'stepwell.journey/1', name: 'Drawn', settings, steps: [...entries, ...drawn], edges };
}

const eventArb = fc.record({
	after: fc.integer({ min: -1 * 24 * 60, max: 12 * 24 * 60 }),
	late: fc.constantFrom(0, 0, 0, 60, 24 * 60),
	contact: fc.constantFrom('ann', 'bob', 'çem'),
	name: fc.constantFrom(
		'go',
		'go',
		'go',
		'order',
		'order',
		'stop',
		'win',
		'api.go',
		'email.opened',
		'email.clicked',
		'email.bounced',
		'email.complained',
		'list.unsubscribed',
		'consent.granted',
		'consent.revoked',
		'approval.answered',
		'send.failed',
		'journey.paused',
		'journey.resumed'
	),
	step: fc.integer({ min: 0, max: 8 }),
	journey: fc.constantFrom('a', 'b'),
	n: fc.integer({ min: 0, max: 3 }),
	day: fc.integer({ min: 0, max: 9 })
});

type DrawnEvent = Scenario['events'][number];

function eventOf(drawn: {
	after: number;
	late: number;
	contact: string;
	name: string;
	step: number;
	journey: string;
	n: number;
	day: number;
}): DrawnEvent {
	const { after, late, contact, name, step, journey, n, day } = drawn;
	const at = START + after * 60_000;
	const when = { at: iso(at), ...(late ? { occurredAt: iso(at - late * 60_000) } : {}) };
	if (name.startsWith('journey.')) return { at: iso(at), name, journey };
	if (name === 'approval.answered')
		return {
			...when,
			contact,
			name,
			step: `s${step}`,
			properties: { answer: n > 1 ? 'approved' : 'declined' }
		};
	if (name.startsWith('email.') || name === 'send.failed')
		return { ...when, contact, name, step: `s${step}` };
	if (name.startsWith('consent.')) return { ...when, contact, name, properties: { kind: 'marketing' } };
	return { ...when, contact, name, properties: { n, day: iso(START + day * DAY).slice(0, 10) } };
}

/** A scenario of two journeys and three people over two weeks. The journeys may fail to compile: not every circle is sound. */
export const scenarioArb: fc.Arbitrary<Scenario> = fc
	.record({
		a: drawingArb(['b']),
		b: drawingArb(['a', 'b']),
		events: fc.array(eventArb, { minLength: 3, maxLength: 25 }),
		granted: fc.boolean(),
		score: fc.nat(9)
	})
	.map(({ a, b, events, granted, score }) => ({
		format: 'stepwell.scenario/1',
		journeys: [
			{ slug: 'a', document: documentOf(a) },
			{ slug: 'b', document: documentOf(b) }
		],
		segments,
		attributes,
		templates,
		contacts: [
			{
				id: 'ann',
				email: 'ann@example.test',
				phone: '+15550001',
				timezone: 'America/New_York',
				attributes: { score, city: 'École', visit: '2026-03-10', vip: true },
				consents: granted
					? [{ kind: 'marketing' as const, grantedAt: iso(START - DAY), expiresAt: iso(START + 5 * DAY) }]
					: []
			},
			{ id: 'bob', email: 'bob@example.test', attributes: { visit: '2026-03-08' } },
			{
				id: 'çem',
				phone: '+15550002',
				timezone: 'Asia/Kolkata',
				createdAt: iso(START - 9 * DAY),
				attributes: { score: 2 }
			}
		],
		webhooks: [
			{ step: 's1', status: 200, body: 3 },
			{ step: 's1', status: 500 }
		],
		start: iso(START),
		events: events.map(eventOf),
		until: iso(START + 14 * DAY)
	}));
