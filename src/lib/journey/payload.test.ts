import { expect, test } from 'vitest';
import { checkSchema, validatePayload } from './payload.ts';

const schema = {
	$schema: 'https://json-schema.org/draft/2020-12/schema',
	type: 'object',
	required: ['resultId'],
	additionalProperties: false,
	properties: {
		resultId: { type: 'string', pattern: '^[A-Z]{2}[0-9]+$', maxLength: 8 },
		score: { type: ['integer', 'null'], minimum: 0, maximum: 10 },
		taken: { type: 'string', format: 'date-time' },
		day: { type: 'string', format: 'date' },
		kind: { enum: ['blood', { other: true }] },
		values: { type: 'array', items: { type: 'number' } },
		extra: { type: 'object', additionalProperties: { type: 'boolean' } }
	}
};

test.each<[unknown, string | null]>([
	[{ resultId: 'AB1' }, null],
	[
		{
			resultId: 'AB1',
			score: null,
			taken: '2026-01-01T10:00:00Z',
			day: '2026-01-01',
			kind: { other: true },
			values: [1.5],
			extra: { a: true }
		},
		null
	],
	[{}, '/resultId'],
	[[], ''],
	[{ resultId: 'ab1' }, '/resultId'],
	[{ resultId: 'AB1234567' }, '/resultId'],
	[{ resultId: 'AB1', score: 1.5 }, '/score'],
	[{ resultId: 'AB1', score: 11 }, '/score'],
	[{ resultId: 'AB1', taken: '2026-01-01' }, '/taken'],
	[{ resultId: 'AB1', day: '2026-02-30' }, '/day'],
	[{ resultId: 'AB1', kind: 'urine' }, '/kind'],
	[{ resultId: 'AB1', values: [1, '2'] }, '/values/1'],
	[{ resultId: 'AB1', extra: { 'a/b': 1 } }, '/extra/a~1b'],
	[{ resultId: 'AB1', other: 1 }, '/other'],
	[JSON.parse('{"resultId":"AB1","__proto__":1}'), '/__proto__']
])('%j fails at %j', (payload, path) => {
	expect(checkSchema(schema)).toBeNull();
	expect(validatePayload(schema, payload)?.path ?? null).toBe(path);
});

test('what fails is never repeated, for it may be health information', () => {
	expect(validatePayload(schema, { resultId: 'canary' })?.message).not.toContain('canary');
});

test.each<[unknown, string]>([
	[7, ''],
	[{ oneOf: [] }, '/oneOf'],
	[{ properties: { a: { $ref: '#' } } }, '/properties/a/$ref'],
	[{ items: { type: 'date' } }, '/items/type'],
	[{ additionalProperties: { pattern: '\\d' } }, '/additionalProperties/pattern'],
	[{ format: 'email' }, '/format'],
	[{ minLength: -1 }, '/minLength'],
	[{ toString: 1 }, '/toString']
])('the schema %j is refused at %j', (given, path) => expect(checkSchema(given)?.path).toBe(path));
