/** Short ways to write documents, facts and worlds in tests. */
import { compile } from '../compile/compile.ts';
import type { Workspace } from '../compile/workspace.ts';
import type { EnrollmentState } from '../enrollment.ts';
import type { Plan } from '../plan.ts';
import type { EventFact, World } from '../world.ts';

type StepInput = [id: string, kind: string, config: Record<string, unknown>, more?: Record<string, unknown>];

/** A document; a way is written `from.outcome>to`. */
export function documentOf(
	steps: StepInput[],
	ways: string,
	settings?: Record<string, unknown>
): Record<string, unknown> {
	return {
		format: 'stepwell.journey/1',
		name: 'Test',
		...(settings ? { settings } : {}),
		steps: steps.map(([id, kind, config, more]) => ({ id, kind, config, ...more })),
		edges: ways
			.split(/\s+/)
			.filter(Boolean)
			.map((way) => {
				const [, from, outcome, to] = /^(.+)\.(.+)>(.+)$/.exec(way) ?? [];
				return { from, outcome, to };
			})
	};
}

export const started: StepInput = ['e', 'trigger.transactional', { event: 'go' }];

const byHand: StepInput = ['m', 'trigger.manual', {}];

/** A journey that does one thing and then puts contacts into another. */
function passingOn(name: string, entry: StepInput, to: string, between: StepInput[] = []): object {
	const steps = [
		entry,
		...between,
		['go', 'journey.enter', { journey: to, stay: false }] satisfies StepInput
	];
	const ways = steps.slice(1).map(([id], index) => `${steps[index]?.[0]}.next>${id}`);
	return { ...documentOf(steps, ways.join(' ')), name };
}

/** Other journeys. Some lead back to the sample of that name. */
const journeys = Object.entries({
	'follow-up': { ...documentOf([byHand, ['x', 'exit', {}]], 'm.next>x'), name: 'Follow-up' },
	'events-only': { ...documentOf([started, ['x', 'exit', {}]], 'e.next>x'), name: 'Events only' },
	'hand-turned-off': {
		...documentOf([['m', 'trigger.manual', {}, { disabled: true }], started, ['x', 'exit', {}]], 'e.next>x'),
		name: 'Hand turned off'
	},
	'back-at-once': passingOn('Back at once', byHand, 'journeys-at-once'),
	'back-in-a-week': passingOn('Back in a week', byHand, 'journeys-with-a-wait', [
		['w', 'wait.for', { duration: 'P7D' }]
	]),
	'vip-care': passingOn(
		'VIP care',
		['v', 'trigger.segment', { segment: 'vips', on: 'enter' }],
		'journeys-by-attribute'
	),
	'vip-farewell': passingOn(
		'VIP farewell',
		['v', 'trigger.segment', { segment: 'senior-vips', on: 'leave' }],
		'journeys-by-attribute'
	),
	'last-seen': passingOn(
		'Last seen',
		['d', 'trigger.time', { date: 'lastSeen', offset: 'P30D', at: '09:00', repeat: 'once' }],
		'journeys-by-date'
	),
	'regular-care': passingOn(
		'Regular care',
		['v', 'trigger.segment', { segment: 'active-regulars', on: 'enter' }],
		'journeys-by-segment'
	),
	'after-messages': passingOn(
		'After messages',
		['v', 'trigger.segment', { segment: 'written-to', on: 'enter' }],
		'journeys-by-message'
	),
	'after-reading': passingOn(
		'After reading',
		['v', 'trigger.segment', { segment: 'readers', on: 'enter' }],
		'journeys-by-message'
	),
	unfinished: {
		name: 'Unfinished',
		steps: [null, { id: 'm', kind: 'trigger.manual' }, 7],
		edges: [{}, null]
	},
	unreadable: 'not a journey'
}).map(([slug, document]) => ({ slug, document }));

export const workspace: Workspace = {
	timezone: 'UTC',
	attributes: [
		{ key: 'age', label: 'Age', type: 'number', phi: true },
		{ key: 'firstName', label: 'First name', type: 'text', phi: false },
		{ key: 'city', label: 'City', type: 'text', phi: false },
		{ key: 'vip', label: 'VIP', type: 'boolean', phi: false },
		{ key: 'birthday', label: 'Birthday', type: 'date', phi: true },
		{ key: 'lastSeen', label: 'Last seen', type: 'datetime', phi: false },
		{ key: 'tags', label: 'Tags', type: 'list', phi: false }
	],
	templates: [
		template('hello', 'Hello there'),
		template('offer', 'Spring offer'),
		{ ...template('sale', 'Sale'), text: 'Get 20% off your next visit.' },
		{ ...template('secret', 'Your age'), reads: ['contact.age'], subjectReads: ['contact.age'] },
		{
			...template('strange', 'Strange'),
			reads: ['contact.shoeSize', 'contact.name', 'trigger.date', 'links.unsubscribe']
		},
		{ ...template('nudge', 'Nudge'), channel: 'text', subject: '' },
		{ ...template('bargain', 'Bargain'), channel: 'text', subject: '', text: 'Book now and save $20.' }
	],
	segments: [
		{ slug: 'vips', name: 'VIPs', where: { attribute: 'vip', op: '=', value: true } },
		{ slug: 'regulars', name: 'Regulars', where: null },
		{ slug: 'seniors', where: { attribute: 'age', op: '>=', value: 65 } },
		{ slug: 'senior-vips', where: { all: [{ segment: 'vips' }, { segment: 'seniors' }] } },
		{
			slug: 'active-regulars',
			where: { all: [{ segment: 'regulars' }, { event: { name: 'visit.completed' } }] }
		},
		{ slug: 'written-to', name: 'Written to', where: { message: { was: 'sent' } } },
		{ slug: 'readers', where: { message: { was: 'opened' } } },
		{ slug: 'hens', name: 'Hens', where: { segment: 'eggs' } },
		{ slug: 'eggs', name: 'Eggs', where: { not: { segment: 'hens' } } },
		{ slug: 'farm', name: 'Farm', where: { any: [{ segment: 'hens' }, { segment: 'vips' }] } }
	],
	journeys
};

function template(slug: string, name: string): Workspace['templates'][number] {
	return { slug, name, channel: 'email', subject: name, text: 'Hello.', reads: [], subjectReads: [] };
}

/** The plan of a document that must be sound. */
export function planOf(steps: StepInput[], ways: string, settings?: Record<string, unknown>): Plan {
	const { plan, diagnostics } = compile(documentOf(steps, ways, settings), workspace, 'test');
	if (!plan) throw new Error(diagnostics.map(({ path, message }) => `${path}: ${message}`).join('\n'));
	return plan;
}

export const NOW = Date.UTC(2026, 2, 2, 12);

export function worldOf(
	more: Partial<World> & { attributes?: Record<string, unknown>; timezone?: string } = {}
): World {
	const { attributes = {}, timezone = 'UTC', ...world } = more;
	return {
		contact: { id: 'ann', email: 'ann@example.test', phone: null, timezone, attributes, createdAt: 0 },
		workspaceTimezone: 'UTC',
		events: [],
		messages: [],
		consents: [],
		suppressions: [],
		marketingSentAt: [],
		...world
	};
}

export function entering(plan: Plan, trigger: Record<string, unknown> = {}, now = NOW): EnrollmentState {
	const step = plan.triggers[0]?.step ?? '';
	return { step, arrivedAt: now, arrivals: {}, visitCount: 0, enteredAt: now, trigger, standing: false };
}

export function eventOf(
	id: number,
	name: string,
	occurredAt: number,
	properties: Record<string, unknown> = {}
): EventFact {
	return { id, name, occurredAt, properties };
}

export const authorized: World['consents'] = [
	{ kind: 'marketing', topic: null, grantedAt: 0, expiresAt: null, revokedAt: null }
];
