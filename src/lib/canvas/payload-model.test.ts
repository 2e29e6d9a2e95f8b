import { describe, expect, test } from 'vitest';
import { curlLine } from './curl.ts';
import { payloadTypes, readPayload, writePayload } from './payload-model.ts';

const schema = {
	type: 'object',
	properties: { score: { type: 'integer' }, clinic: { type: 'string' } },
	required: ['score']
};

describe('a payload’s fields', () => {
	test('read and written give the same schema', () => {
		const fields = readPayload(schema);
		expect(fields).toEqual([
			{ name: 'score', type: 'integer', required: true },
			{ name: 'clinic', type: 'string', required: false }
		]);
		expect(fields && writePayload(fields)).toEqual(schema);
	});

	test('no field is no schema', () => {
		expect(readPayload(undefined)).toEqual([]);
		expect(writePayload([])).toBeUndefined();
		expect(writePayload([{ name: '', type: 'string', required: true }])).toBeUndefined();
	});

	test('a schema that says more is not shown as rows', () => {
		expect(readPayload({ ...schema, additionalProperties: false })).toBeNull();
		expect(readPayload({ properties: { score: { type: 'integer', minimum: 0 } } })).toBeNull();
	});

	test('give conditions their type', () => {
		expect(
			payloadTypes({ properties: { score: { type: 'integer', minimum: 0 }, tags: { type: 'array' } } })
		).toEqual([
			{ name: 'score', type: 'number' },
			{ name: 'tags', type: 'list' }
		]);
	});
});

test('the curl line has the address, the headers and a payload that fits', () => {
	const line = curlLine('https://clinic.example', 'lab-result-ready', schema);
	expect(line).toContain('curl -X POST https://clinic.example/api/v1/triggers/lab-result-ready');
	expect(line).toContain(`-H 'Authorization: Bearer sw_live_…'`);
	expect(line).toContain(`-H 'Idempotency-Key: `);
	const body: unknown = JSON.parse(line.slice(line.indexOf(`-d '`) + 4, -1));
	expect(body).toMatchObject({ contact: { id: expect.any(String) }, payload: { score: 1, clinic: '…' } });
});
