import { expect, test } from 'vitest';
import { fieldsOf, readFilterParams } from './filter-params.ts';

const read = (query: string) => readFilterParams(new URLSearchParams(query));

test('a filter survives its address', () => {
	const fields = {
		from: '2026-03-01',
		to: '2026-03-02',
		who: 'system:sign-in',
		what: 'journey.publish',
		person: '12'
	};
	expect(fieldsOf(readFilterParams(new URLSearchParams(fields)))).toEqual(fields);
});

test.each([
	['nothing', ''],
	['empty fields', 'from=&to=&who=&what=&person='],
	['a day that is none', 'from=2026-13-45&to=yesterday'],
	['somebody of no kind', 'who=robot:1'],
	['a person who is no number', 'person=jane&person=-1']
])('%s is no filter', (_, query) => {
	expect(read(query)).toEqual({});
});
