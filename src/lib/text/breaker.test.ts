import { expect, test } from 'vitest';
import { whatTripped, type Trip } from './breaker.ts';

test.each<[Trip, string]>([
	[
		{ reason: 'bounces', counted: 62, total: 1000, allowed: 500 },
		'62 of the last 1,000 messages bounced (6.2 %; allowed 5 %)'
	],
	[
		{ reason: 'complaints', counted: 3, total: 1000, allowed: 10 },
		'3 of the last 1,000 messages were marked as spam (0.3 %; allowed 0.1 %)'
	],
	[
		{ reason: 'rate', counted: 5001, total: null, allowed: 5000 },
		'5,001 messages came due in a day, over three times what was expected (allowed 5,000)'
	],
	[
		{ reason: 'day-bound', counted: 2, total: null, allowed: 1 },
		'one person would have got 2 messages in one day, and the publish promised at most 1'
	]
])('a reason in words: %o', (trip, words) => expect(whatTripped(trip)).toBe(words));
