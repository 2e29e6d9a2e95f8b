import { expect, test } from 'vitest';
import type { Step, Where } from './document.ts';
import { STEP_KINDS } from './document.ts';
import { kinds } from './kinds.ts';
import { describeStep, describeWhere } from './sentence.ts';
import { workspace } from './support/fixtures.ts';

const names = {
	template: (slug: string) => workspace.templates.find((template) => template.slug === slug)?.name ?? slug,
	attribute: (key: string) => workspace.attributes.find((attribute) => attribute.key === key)?.label ?? key,
	step: (id: string) => (id === 's' ? 'Visit survey' : id),
	segment: (slug: string) => (slug === 'diabetics' ? 'Diabetics' : slug),
	journey: (slug: string) => (slug === 'offer' ? 'Spring offer' : slug)
};

test.each<[string, object, string, string]>([
	[
		'trigger.time',
		{ date: 'birthday', offset: '-P3D', at: '09:00', repeat: 'yearly' },
		'3 days before birthday',
		'at 09:00, every year'
	],
	[
		'trigger.time',
		{ date: 'birthday', offset: 'P0D', at: '09:00', repeat: 'once' },
		'On birthday',
		'at 09:00, once'
	],
	[
		'trigger.behavior',
		{ event: 'email.ignored', for: 'P7D' },
		'Email is ignored',
		'when an email is ignored for 7 days'
	],
	['trigger.transactional', { event: 'visit.completed' }, 'Visit completed', 'when visit.completed arrives'],
	['trigger.api', { name: 'lab-result-ready' }, 'Lab result ready', 'when your system calls it'],
	['decide.if', { where: { attribute: 'vip', op: '=', value: true } }, 'VIP is yes?', ''],
	['wait.for', { duration: 'P2D' }, 'Wait 2 days', ''],
	[
		'wait.event',
		{ event: 'survey.submitted', timeout: 'P5D' },
		'Wait until survey submitted',
		'up to 5 days'
	],
	[
		'send.email',
		{ template: 'hello', purpose: 'operations', security: 'tls' },
		'Email “Hello there”',
		'Operations · encrypted delivery only'
	],
	['send.email', { template: '', purpose: 'treatment' }, 'Email', 'Treatment'],
	[
		'trigger.time',
		{ every: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', at: '09:00', audience: { all: [] } },
		'Every 2 weeks on Monday and Friday',
		'at 09:00'
	],
	[
		'trigger.time',
		{ inactive: { event: 'visit.completed', for: 'P90D' }, limit: { contacts: 50, per: 'P1D' } },
		'90 days without visit completed',
		'once for each silence · at most 50 in 1 day'
	],
	[
		'trigger.time',
		{ inactive: { event: '*', for: 'P90D' } },
		'90 days without any event',
		'once for each silence'
	],
	[
		'trigger.time',
		{ at: '2026-03-01T09:00:00-05:00', audience: { all: [] } },
		'On 1 March 2026',
		'at 09:00 UTC-05:00, once'
	],
	[
		'trigger.segment',
		{ segment: 'diabetics', on: 'leave' },
		'Leaves “Diabetics”',
		'when contacts leave the segment'
	],
	['trigger.manual', {}, 'By hand', 'by a person, an import or another journey'],
	[
		'decide.match',
		{
			branches: [
				{ id: 'a', label: 'Over 65', where: { attribute: 'age', op: '>', value: 65 } },
				{ id: 'b', where: { segment: 'diabetics' } }
			]
		},
		'Several ways',
		'the first of Over 65, in segment Diabetics'
	],
	[
		'decide.random',
		{
			branches: [
				{ id: 'a', label: 'A', weight: 1 },
				{ id: 'b', weight: 3 }
			]
		},
		'Random split',
		'A 25%, b 75%'
	],
	['wait.until', { at: '09:00' }, 'Wait until 09:00', ''],
	['wait.until', { at: '09:00', until: '11:00' }, 'Wait until 09:00–11:00', ''],
	['wait.until', { days: [1, 2, 5] }, 'Wait until Monday, Tuesday or Friday', ''],
	['wait.until', { days: [6], at: '09:00' }, 'Wait until Saturday', 'at 09:00'],
	['wait.until', { days: [6], at: '09:00', until: '11:00' }, 'Wait until Saturday', 'within 09:00–11:00'],
	[
		'wait.until',
		{ date: 'birthday', offset: '-P3D', at: '09:00' },
		'Wait until 3 days before birthday',
		'at 09:00'
	],
	['wait.until', { date: 'trigger.appointment.at' }, 'Wait until the event’s appointment at', ''],
	['wait.pace', { contacts: 50, per: 'PT1H' }, 'Wait for its turn', '50 contacts in 1 hour'],
	[
		'wait.approval',
		{ by: ['ann', 'bob'], ask: 'May we call?', timeout: 'P2D' },
		'Wait for approval',
		'by ann or bob · up to 2 days'
	],
	[
		'send.text',
		{ template: 'hello', purpose: 'marketing', quietHours: { from: '21:00', to: '08:00' } },
		'Text “Hello there”',
		'Marketing · quiet 21:00–08:00'
	],
	[
		'send.email',
		{ template: 'hello', purpose: 'treatment', security: 'portal' },
		'Email “Hello there”',
		'Treatment · through the portal'
	],
	['contact.update', { set: { vip: true } }, 'Set VIP', 'to yes'],
	['contact.update', { set: { city: '{{ trigger.city }}' } }, 'Set city', 'to what a template says'],
	['contact.update', { set: { city: null } }, 'Set city', 'to nothing'],
	['contact.update', { set: { city: 'Rome', vip: false, age: 7 } }, 'Set 3 attributes', 'city, VIP and age'],
	['segment.add', { segment: 'diabetics' }, 'Add to “Diabetics”', ''],
	['segment.remove', { segment: 'diabetics' }, 'Remove from “Diabetics”', ''],
	[
		'webhook.call',
		{ url: 'https://crm.example.test/hook?x=1', method: 'POST', save: 'city' },
		'Call crm.example.test',
		'POST · keeps the answer in city'
	],
	['notify.team', { to: ['ann', 'bob'], message: 'Please call.' }, 'Tell ann and bob', 'Please call.'],
	['notify.team', { to: ['a', 'b', 'c'], message: 'Hi' }, 'Tell 3 people', 'Hi'],
	['journey.enter', { journey: 'offer', stay: true }, 'Enter “Spring offer”', 'and go on here'],
	['journey.enter', { journey: 'other', stay: false }, 'Enter “other”', 'and end here'],
	['exit', { reason: 'no answer' }, 'Exit', 'no answer']
])('%s %j', (kind, config, title, line) => {
	expect(describeStep({ id: 'x', kind, config } as Step, names)).toEqual({ title, line });
});

test('a label is the title, and what the step does goes below', () => {
	const step = {
		id: 'x',
		kind: 'wait.for',
		label: 'Let it settle',
		disabled: true,
		config: { duration: 'PT1H' }
	} as Step;
	expect(describeStep(step, names)).toEqual({ title: 'Let it settle', line: 'Turned off' });
	expect(describeStep({ ...step, disabled: false }, names)).toEqual({
		title: 'Let it settle',
		line: 'Wait 1 hour'
	});
});

test.each<[Where, string]>([
	[
		{
			all: [
				{ attribute: 'age', op: '>=', value: 65 },
				{ any: [{ consent: 'marketing' }, { message: { step: 's', was: 'opened', within: 'P3D' } }] }
			]
		},
		'age is at least 65 and (marketing consent or opened “Visit survey” within 3 days)'
	],
	[{ not: { attribute: 'city', op: 'in', value: ['Rome', 'Oslo'] } }, 'not (city is one of Rome, Oslo)'],
	[
		{ event: { name: 'visit.completed', count: { op: '>=', value: 2 }, within: 'P1Y' } },
		'visit completed at least 2 times in the last 1 year'
	],
	[
		{ attribute: 'birthday', op: 'anniversaryWithin', value: 'P7D' },
		'birthday comes round in the next 7 days'
	],
	[{ trigger: 'score', op: 'missing' }, 'score is missing'],
	[{ all: [] }, 'everyone']
])('%j', (where, words) => expect(describeWhere(where, names)).toBe(words));

test('a step that is still being set up is called by its kind', () => {
	for (const kind of STEP_KINDS) {
		const said = describeStep({ id: 'x', kind, config: {} } as unknown as Step, names);
		expect(said.title.length).toBeGreaterThan(1);
		expect(`${said.title} ${said.line}`).not.toMatch(/undefined|NaN/);
	}
	expect(describeStep({ id: 'x', kind: 'wait.moon', config: {} } as unknown as Step, names).title).toBe(
		'wait.moon'
	);
	expect(describeWhere({} as Where, names)).toBe('…');
});

test('every kind is in the palette with a hint', () => {
	for (const kind of STEP_KINDS) expect(kinds[kind].hint).toMatch(/\.$/);
});
