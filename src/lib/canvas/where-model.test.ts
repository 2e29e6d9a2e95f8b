import { describe, expect, test } from 'vitest';
import { readWhere, writeWhere } from './where-model.ts';

const age = { attribute: 'age', op: '>', value: 65 };
const event = {
	event: {
		name: 'visit.completed',
		where: [{ property: 'clinic', op: '=', value: 'north' }],
		within: 'P30D',
		count: { op: '>=', value: 2 }
	}
};

describe('a condition read as rows and written again', () => {
	test.each([
		[{ all: [] }],
		[{ any: [age, { trigger: 'score', op: '<', value: 7 }] }],
		[{ all: [age, { any: [event, { message: { step: 'survey', was: 'opened', within: 'P7D' } }] }] }],
		[{ not: { any: [age] } }],
		[
			{
				all: [
					{ consent: 'marketing', topic: 'wellness' },
					{ attribute: 'phone', op: 'missing' }
				]
			}
		],
		[{ all: [{ segment: 'diabetics' }] }],
		[{ all: [{ event: { name: 'survey.submitted' } }] }]
	])('%j stays as it is', (where) => {
		expect(writeWhere(readWhere(where))).toEqual(where);
	});

	test('a single condition becomes a list of one', () => {
		expect(writeWhere(readWhere(age))).toEqual({ all: [age] });
	});

	test('"not" of one thing, or of several that must all hold, becomes "none of"', () => {
		expect(writeWhere(readWhere({ not: age }))).toEqual({ not: { any: [age] } });
		expect(writeWhere(readWhere({ not: { all: [age, event] } }))).toEqual({
			not: { any: [{ all: [age, event] }] }
		});
	});

	test('nothing is a list without conditions', () => {
		expect(readWhere(undefined)).toEqual({ row: 'group', mode: 'all', items: [] });
	});

	test('what no form can show is kept as it is', () => {
		const strange = { attribute: 'age', op: '>', value: 65, since: 'ever' };
		expect(writeWhere(readWhere({ all: [strange, 7] }))).toEqual({ all: [strange, 7] });
	});
});
