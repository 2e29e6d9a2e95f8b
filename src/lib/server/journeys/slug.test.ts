import { describe, expect, test } from 'vitest';
import { freeSlug, slugOf } from './slug.ts';

describe('a slug out of a name', () => {
	test.each([
		['Post-visit follow-up', 'post-visit-follow-up'],
		['  Birthday  check-up! ', 'birthday-check-up'],
		['Émission d’été', 'emission-d-ete'],
		['2026 flu shots', 'flu-shots'],
		['复查提醒', 'journey'],
		['', 'journey'],
		['a'.repeat(100), 'a'.repeat(56)]
	])('"%s" is %s', (name, slug) => {
		expect(slugOf(name)).toBe(slug);
	});

	test('a long name is never cut at a dash', () => {
		expect(slugOf(`${'a'.repeat(55)} b`)).toBe('a'.repeat(55));
	});
});

describe('a free slug', () => {
	test('is the slug itself while nobody has it', () => {
		expect(freeSlug('recall', new Set(['other']))).toBe('recall');
	});

	test('takes the first number that is free', () => {
		expect(freeSlug('recall', new Set(['recall', 'recall-2', 'recall-4']))).toBe('recall-3');
	});
});
