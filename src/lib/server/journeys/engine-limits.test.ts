import { describe, expect, test } from 'vitest';
import { RUNNABLE_KINDS, STEP_KINDS, type JourneyDocument } from '$lib/journey/index.ts';
import { sampleJourneys } from '../sample/journeys.ts';
import { findEngineLimits } from './engine-limits.ts';

function documentOf(kind: string, config: object, more: object = {}): JourneyDocument {
	const steps = [{ id: 'x', kind, config }];
	return { format: 'stepwell.journey/1', name: 'Test', steps, edges: [], ...more } as never;
}

const placesOf = (document: JourneyDocument) => findEngineLimits(document).map(({ path }) => path);
const email = { template: 'hello', purpose: 'operations' };

describe('what the runtime runs is published', () => {
	test.each<[string, object]>([
		['trigger.time', { date: 'birthday', offset: 'P0D', at: '09:00', repeat: 'yearly' }],
		['trigger.time', { at: '2026-03-01T09:00:00Z', audience: { all: [] } }],
		['trigger.time', { every: 'FREQ=DAILY', at: '09:00', audience: { all: [] } }],
		['trigger.time', { inactive: { event: '*', for: 'P90D' } }],
		['trigger.behavior', { event: 'email.clicked', where: { attribute: 'age', op: 'exists' } }],
		['trigger.transactional', { event: 'visit.completed', key: 'visit' }],
		['trigger.api', { name: 'lab-result-ready' }],
		['decide.if', { where: { all: [{ consent: 'marketing' }, { not: { trigger: 'x', op: 'exists' } }] } }],
		['wait.for', { duration: 'P1D' }],
		['wait.event', { event: 'survey.submitted', timeout: 'P1D' }],
		['send.email', { ...email, security: 'tls' }],
		['trigger.api', { name: 'x', limit: { contacts: 5, per: 'P1D' } }],
		['trigger.segment', { segment: 'diabetics', on: 'enter' }],
		['decide.if', { where: { any: [{ not: { segment: 'diabetics' } }] } }],
		['segment.add', { segment: 'called' }],
		['exit', {}]
	])('%s', (kind, config) => expect(findEngineLimits(documentOf(kind, config))).toEqual([]));

	test('and so are the sample clinic’s journeys', () => {
		for (const { document } of sampleJourneys) expect(findEngineLimits(document)).toEqual([]);
	});
});

describe('what it does not run yet is refused at its place', () => {
	test.each(STEP_KINDS.filter((kind) => !RUNNABLE_KINDS.has(kind)))('%s', (kind) => {
		const [problem, ...others] = findEngineLimits(documentOf(kind, {}));
		expect(problem).toMatchObject({ code: 'engine.not-yet', severity: 'error', path: '/steps/0', step: 'x' });
		expect(others).toEqual([]);
	});

	test.each<[string, string, object, string]>([
		[
			'a date of an event',
			'trigger.time',
			{ date: 'trigger.due', offset: 'P0D', at: '09:00', repeat: 'once' },
			'/date'
		],
		['a portal message', 'send.email', { ...email, security: 'portal' }, '/security'],
		['attachments', 'send.email', { ...email, attachments: ['leaflet.pdf'] }, '/attachments'],
		['a subject', 'send.email', { ...email, subject: 'Hi' }, '/subject'],
		['a sender', 'send.email', { ...email, from: 'Clinic <clinic@example.test>' }, '/from']
	])('%s', (_, kind, config, place) =>
		expect(placesOf(documentOf(kind, config))).toEqual([`/steps/0/config${place}`])
	);
});

test('the sentence says what, and what to do', () => {
	expect(findEngineLimits(documentOf('send.email', { ...email, security: 'portal' }))[0]?.message).toBe(
		'This version can rehearse a portal message, but can’t run it for real people yet. Choose another delivery to publish.'
	);
});

describe('what this installation can’t reach is refused at its place', () => {
	const settings = { carriesTexts: true, webhookHosts: ['ehr.internal', 'lab.internal:9443'] };
	const called = (url: string) =>
		findEngineLimits(documentOf('webhook.call', { url, method: 'POST' }), settings).map(({ path }) => path);

	test.each([
		'https://lab.example/hook',
		'https://lab.example:8443',
		'https://lab.internal:9443/x',
		'https://8.8.8.8/'
	])('%s may be called', (url) => expect(called(url)).toEqual([]));
	test.each([
		'https://lab.example:9443',
		'https://10.0.0.1/',
		'https://[::1]/',
		'https://127.1/',
		'https://a:b@lab.example/'
	])('%s may not', (url) => expect(called(url)).toEqual(['/steps/0/config/url']));
	test('a text has nowhere to go once mail leaves', () => {
		const text = documentOf('send.text', { template: 'hello', purpose: 'operations' });
		expect(findEngineLimits(text, { carriesTexts: false }).map(({ path }) => path)).toEqual(['/steps/0']);
		expect(findEngineLimits(text)).toEqual([]);
	});
});
