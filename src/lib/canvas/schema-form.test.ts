import { describe, expect, test } from 'vitest';
import { STEP_KINDS, configSchemas, fieldsOf, journeyFields, type Diagnostic } from '$lib/journey/index.ts';
import {
	boundedNumber,
	fieldsLeftOut,
	firstOf,
	linesToList,
	listToLines,
	pairsOf,
	pairsToObject,
	problemAt,
	unsetLabel,
	valueAt,
	withValue
} from './schema-form.ts';

describe('a value at its place', () => {
	const config = { limit: { contacts: 5, per: 'P1D' }, at: '09:00' };

	test('is read through groups, and nothing is undefined', () => {
		expect(valueAt(config, ['limit', 'per'])).toBe('P1D');
		expect(valueAt(config, ['limit', 'per', 'x'])).toBeUndefined();
		expect(valueAt({ limit: null }, ['limit', 'per'])).toBeUndefined();
	});

	test('is written without touching what was there', () => {
		expect(withValue(config, ['limit', 'contacts'], 9)).toEqual({
			limit: { contacts: 9, per: 'P1D' },
			at: '09:00'
		});
		expect(withValue({}, ['limit', 'contacts'], 9)).toEqual({ limit: { contacts: 9 } });
		expect(config.limit.contacts).toBe(5);
	});

	test('undefined takes the key out', () => {
		expect(withValue(config, ['limit'], undefined)).toEqual({ at: '09:00' });
		expect(withValue(config, ['limit', 'per'], undefined)).toEqual({ limit: { contacts: 5 }, at: '09:00' });
	});
});

test('settings that a form of its own leaves out are shown where they are set', () => {
	const config = { event: 'go', limit: { contacts: 1, per: 'P1D' } };
	const own = ['event', 'where', 'key'];
	expect(fieldsLeftOut('trigger.transactional', config, own).map(({ label }) => label)).toEqual(['At most']);
	expect(fieldsLeftOut('trigger.transactional', { event: 'go' }, own)).toEqual([]);
});

test('a group that is switched on is complete', () => {
	const quiet = journeyFields.find(({ path }) => path[0] === 'quietHours');
	expect(quiet && firstOf(quiet)).toEqual({ from: '21:00', to: '08:00' });
	const limit = fieldsOf('trigger.manual')[0];
	expect(configSchemas['trigger.manual'].safeParse({ limit: limit && firstOf(limit) }).success).toBe(true);
});

test('the compiler’s words stand at the field, also for what is inside of it', () => {
	const problem = (path: string): Diagnostic => ({
		code: 'format.value',
		severity: 'error',
		path,
		message: path
	});
	const problems = [problem('/steps/1/config/branches/0/where'), problem('/steps/2/config/at')];
	expect(problemAt(problems, 1, ['branches'])).toBe('/steps/1/config/branches/0/where');
	expect(problemAt(problems, 2, ['at'])).toBe('/steps/2/config/at');
	expect(problemAt(problems, 2, ['a'])).toBeUndefined();
	expect(problemAt(problems, 1, ['at'])).toBeUndefined();
});

test('a number stays within its bounds', () => {
	expect(boundedNumber({ min: 1, max: 100 }, 1_000)).toBe(100);
	expect(boundedNumber({ min: 1 }, 0.5)).toBe(1);
	expect(boundedNumber({}, null)).toBeUndefined();
});

test('a choice that is left out says what holds then', () => {
	const fields = fieldsOf('send.email');
	const labelOf = (key: string) => fields.filter(({ path }) => path[0] === key).map(unsetLabel)[0];
	expect(labelOf('security')).toBe('As usual: encrypted where possible, else through the portal');
	expect(labelOf('remuneration')).toBe('As usual: by nobody');
});

test('lists are lines', () => {
	expect(listToLines(['ann', 'bob'])).toBe('ann\nbob');
	expect(listToLines('nurse')).toBe('nurse');
	expect(linesToList(' ann \n\nbob')).toEqual(['ann', 'bob']);
	expect(linesToList(' \n')).toBeUndefined();
});

test('pairs are read and written, and one without a name is left out', () => {
	expect(pairsOf({ vip: true })).toEqual([{ name: 'vip', value: true }]);
	expect(pairsOf('x')).toEqual([]);
	expect(
		pairsToObject([
			{ name: 'vip', value: true },
			{ name: '', value: 'x' },
			{ name: 'city', value: undefined }
		])
	).toEqual({ vip: true, city: '' });
});

test('every setting of every kind has a control that this form knows', () => {
	const controls = new Set(STEP_KINDS.flatMap((kind) => fieldsOf(kind)).map(({ control }) => control));
	expect([...controls].sort()).toEqual([
		'attribute',
		'branches',
		'choice',
		'date',
		'days',
		'duration',
		'event',
		'group',
		'headers',
		'journey',
		'list',
		'longText',
		'number',
		'offset',
		'payload',
		'segment',
		'set',
		'slug',
		'step',
		'template',
		'tests',
		'text',
		'time',
		'where',
		'yesNo'
	]);
});
