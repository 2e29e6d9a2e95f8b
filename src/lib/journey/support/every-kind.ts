/** A document with a step of every kind, and every setting that each has, for tests. */
import type { ConfigOf, JourneyDocument, Step, StepKind } from '../document.ts';

const limit = { contacts: 50, per: 'P1D' };
const where = {
	all: [
		{ attribute: 'age', op: '>=', value: 65 },
		{ not: { attribute: 'city', op: 'in', value: ['Rome', 'Oslo'] } },
		{
			any: [
				{ trigger: 'score', op: 'missing' },
				{
					event: {
						name: 'visit.completed',
						where: [{ property: 'site', op: 'startsWith', value: 'north' }],
						within: 'P1Y',
						count: { op: '>=', value: 2 }
					}
				},
				{ message: { step: 'email', was: 'clicked', link: 'https://example.test/', within: 'P3D' } },
				{ segment: 'diabetics' },
				{ consent: 'marketing', topic: 'wellness' },
				{ attribute: 'birthday', op: 'anniversaryWithin', value: 'P7D' },
				{ attribute: 'lastSeen', op: 'before', value: '2026-03-01T09:00:00Z' }
			]
		}
	]
} as ConfigOf<'decide.if'>['where'];
const sending: Omit<ConfigOf<'send.text'>, 'template'> = {
	purpose: 'marketing',
	remuneration: 'financial',
	costRelated: true,
	sponsor: 'Acme',
	topic: 'wellness',
	quietHours: { from: '21:00', to: '08:00', days: [1, 7], collision: 'skip' },
	ignoreCap: true
};

const configs: { [K in StepKind]: ConfigOf<K> } = {
	'trigger.time': { date: 'birthday', offset: '-P3D', at: '09:00', repeat: 'yearly', audience: where, limit },
	'trigger.behavior': {
		event: 'email.ignored',
		where,
		journey: 'spring-offer',
		step: 'email',
		for: 'P7D',
		key: 'visit',
		limit
	},
	'trigger.transactional': { event: 'visit.completed', where, key: 'visit.id', limit },
	'trigger.api': { name: 'lab-result-ready', payload: { type: 'object' }, where, key: 'result', limit },
	'trigger.segment': { segment: 'diabetics', on: 'leave', limit },
	'trigger.manual': { limit },
	'decide.if': { where },
	'decide.match': {
		branches: [
			{ id: 'old', label: 'Over 65', where: { attribute: 'age', op: '>', value: 65 } },
			{ id: 'failed', where: { attribute: 'vip', op: '=', value: true } }
		]
	},
	'decide.random': {
		branches: [
			{ id: 'a', label: 'A', weight: 1 },
			{ id: 'b', weight: 3 }
		]
	},
	'wait.for': { duration: 'P2DT4H' },
	'wait.until': { at: '09:00', until: '11:00', days: [1, 2] },
	'wait.event': {
		event: 'survey.submitted',
		match: [{ property: 'score', op: '<', value: 4 }],
		same: 'visit',
		timeout: 'P5D'
	},
	'wait.pace': { contacts: 50, per: 'PT1H' },
	'wait.approval': { by: ['ann', 'bob'], ask: 'May we call {{ contact.firstName }}?', timeout: 'P2D' },
	'send.email': {
		...sending,
		template: 'hello',
		subject: 'For you',
		from: 'clinic@example.test',
		security: 'portal',
		attachments: ['leaflet.pdf']
	},
	'send.text': { ...sending, template: 'short' },
	'contact.update': { set: { vip: true, city: '{{ trigger.city }}' } },
	'segment.add': { segment: 'called' },
	'segment.remove': { segment: 'to-call' },
	'webhook.call': {
		url: 'https://example.test/hook',
		method: 'POST',
		headers: { 'X-Source': 'stepwell' },
		body: '{"id":"{{ contact.id }}"}',
		save: 'answer'
	},
	'notify.team': { to: ['ann', 'desk@example.test'], message: 'Please call {{ contact.firstName }}.' },
	'journey.enter': { journey: 'spring-offer', stay: true },
	exit: { reason: 'done' }
};

function idOf(kind: string): string {
	return kind.replace('.', '-').replace('send-', '');
}

/** Of every kind, with an edge from each to the next. Sound by its format, though it makes no sense. */
export const everyKind: JourneyDocument = {
	format: 'stepwell.journey/1',
	name: 'Every kind',
	settings: {
		timezone: 'America/New_York',
		reentry: { when: 'afterExit', wait: 'P30D' },
		exitWhen: { event: { name: 'appointment.cancelled' } },
		goal: { event: { name: 'survey.submitted' }, within: 'P14D' },
		quietHours: { from: '21:00', to: '08:00' },
		frequencyCap: { messages: 3, per: 'P7D' },
		maxVisits: 2
	},
	steps: Object.entries(configs).map(([kind, config]) => ({ id: idOf(kind), kind, config }) as Step),
	edges: [
		{ from: 'trigger-time', outcome: 'next', to: 'decide-if' },
		{ from: 'decide-if', outcome: 'no', to: 'decide-match' },
		{ from: 'decide-match', outcome: 'old', to: 'wait-approval' },
		{ from: 'decide-match', outcome: 'else', to: 'decide-random' },
		{ from: 'wait-approval', outcome: 'declined', to: 'notify-team' }
	]
};
