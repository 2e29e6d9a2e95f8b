import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseJourney } from './compile/compile.ts';
import { STEP_KINDS } from './document.ts';
import { makeJourneySchema } from './json-schema.ts';
import { documentOf, started } from './support/fixtures.ts';
import { everyKind } from './support/every-kind.ts';

const schema = makeJourneySchema('https://journeys.example.test');
const isJourney = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);

const documents = import.meta.glob<unknown>('./compile/samples/*/document.json', {
	eager: true,
	import: 'default'
});

function faultsOf(document: unknown): string[] {
	return isJourney(document)
		? []
		: (isJourney.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ''}`);
}

test('it is a schema of draft 2020-12 under the installation’s address', () => {
	expect(schema).toMatchObject({
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		$id: 'https://journeys.example.test/schema/journey-1.json'
	});
});

describe('what the compiler reads is valid', () => {
	test.each(Object.entries(documents).filter(([, document]) => parseJourney(document).document))(
		'%s',
		(_, document) => expect(faultsOf(document)).toEqual([])
	);

	test('a document with every kind and every setting', () => {
		expect(parseJourney(everyKind).diagnostics).toEqual([]);
		expect(new Set(everyKind.steps.map(({ kind }) => kind))).toEqual(new Set(STEP_KINDS));
		expect(faultsOf(everyKind)).toEqual([]);
	});

	test.each<[string, object]>([
		['trigger.time', { every: 'FREQ=WEEKLY;BYDAY=MO', at: '09:00', audience: { all: [] } }],
		['trigger.time', { inactive: { event: '*', for: 'P90D' } }],
		['trigger.time', { at: '2026-03-01T09:00:00+01:00', audience: { all: [] } }],
		['wait.until', { date: 'trigger.appointment.at', offset: '-PT2H' }],
		['wait.until', { days: [6, 7] }],
		['wait.approval', { by: 'nurse', ask: 'Well?', timeout: 'PT4H' }]
	])('%s %j', (kind, config) => {
		const document = documentOf([['x', kind, config as Record<string, unknown>]], '');
		expect(parseJourney(document).diagnostics).toEqual([]);
		expect(faultsOf(document)).toEqual([]);
	});
});

const withStep = (kind: string, config: object, more: object = {}) =>
	documentOf([started, ['x', kind, config as Record<string, unknown>, more as Record<string, unknown>]], '');
const withSettings = (settings: Record<string, unknown>) => documentOf([started], '', settings);
const asks = (where: object) => withStep('decide.if', { where });

describe('what the compiler can’t read is not valid', () => {
	test.each<[string, unknown]>([
		['nothing', null],
		['another format', { ...documentOf([started], ''), format: 'stepwell.journey/2' }],
		['no steps', { format: 'stepwell.journey/1', name: 'x', edges: [] }],
		['an unknown key', { ...documentOf([started], ''), colour: 'red' }],
		['an unknown kind', withStep('wait.moon', {})],
		['an id with a capital', documentOf([['X', 'exit', {}]], '')],
		['an edge without its end', { ...documentOf([started], ''), edges: [{ from: 'e', outcome: 'next' }] }],
		['an exit that is turned off', withStep('exit', {}, { disabled: true })],
		['a hundred and one visits', withStep('exit', {}, { maxVisits: 101 })],
		['a wait of nothing', withStep('wait.for', { duration: 'P0D' })],
		['a wait backwards', withStep('wait.for', { duration: '-P1D' })],
		['a wait of a number', withStep('wait.for', { duration: 2 })],
		['a wait until nothing', withStep('wait.until', {})],
		['a window without a start', withStep('wait.until', { days: [1], until: '11:00' })],
		['a date with days', withStep('wait.until', { date: 'birthday', days: [1] })],
		['an offset from nothing', withStep('wait.until', { at: '09:00', offset: 'P1D' })],
		['an eighth day', withStep('wait.until', { days: [8] })],
		['25 o’clock', withStep('wait.until', { at: '25:00' })],
		['an ignored email without a time', withStep('trigger.behavior', { event: 'email.ignored' })],
		['an opened email with a time', withStep('trigger.behavior', { event: 'email.opened', for: 'P1D' })],
		[
			'a recurrence without a frequency',
			withStep('trigger.time', { every: 'BYDAY=MO', at: '09:00', audience: {} })
		],
		[
			'an instant without a zone',
			withStep('trigger.time', { at: '2026-03-01T09:00', audience: { all: [] } })
		],
		['no branches', withStep('decide.match', { branches: [] })],
		['a branch “else”', withStep('decide.match', { branches: [{ id: 'else', where: { all: [] } }] })],
		['weights of nothing', withStep('decide.random', { branches: [{ id: 'a', weight: 0 }] })],
		['nothing to set', withStep('contact.update', { set: {} })],
		['an attribute that is none', withStep('contact.update', { set: { 'first name': 'x' } })],
		['an address of another kind', withStep('webhook.call', { url: 'ftp://example.test', method: 'GET' })],
		[
			'an unknown delivery',
			withStep('send.email', { template: 'a', purpose: 'treatment', security: 'pigeon' })
		],
		['a wait after no exit', withSettings({ reentry: { when: 'always', wait: 'P1D' } })],
		['a condition of nothing', asks({})],
		['two conditions in one', asks({ all: [], any: [] })],
		['a comparison without a value', asks({ attribute: 'age', op: '>' })],
		['a value that is not asked for', asks({ attribute: 'age', op: 'exists', value: 1 })],
		['one value of many', asks({ attribute: 'age', op: 'in', value: 1 })],
		['a time that is no duration', asks({ attribute: 'birthday', op: 'withinNext', value: '7 days' })],
		['a day that is no date', asks({ attribute: 'birthday', op: 'before', value: 'soon' })],
		['a condition within a condition that is none', asks({ not: { any: [{ segment: 'No slug' }] } })],
		['a goal within no time', withSettings({ goal: { event: { name: 'x' }, within: 'soon' } })]
	])('%s', (_, document) => {
		expect(parseJourney(document).document).toBeNull();
		expect(isJourney(document)).toBe(false);
	});
});
