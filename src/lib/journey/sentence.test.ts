import { expect, test } from 'vitest';
import type { Step, Where } from './document.ts';
import { STEP_KINDS } from './document.ts';
import { kinds } from './kinds.ts';
import { describeStep, describeWhere } from './sentence.ts';
import { workspace } from './support/fixtures.ts';

const names = {
	template: (slug: string) => workspace.templates.find((template) => template.slug === slug)?.name ?? slug,
	attribute: (key: string) => workspace.attributes.find((attribute) => attribute.key === key)?.label ?? key,
	step: (id: string) => (id === 's' ? 'Visit survey' : id)
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
