import { expect, test } from 'vitest';
import { recurrenceWords } from './time-words.ts';

test.each([
	['FREQ=DAILY', 'Every day'],
	['FREQ=DAILY;INTERVAL=3;COUNT=5', 'Every 3 days 5 times'],
	['FREQ=WEEKLY;BYDAY=MO,WE,FR', 'Every week on Monday, Wednesday and Friday'],
	['FREQ=MONTHLY;BYMONTHDAY=1', 'Every month on day 1'],
	['FREQ=MONTHLY;BYMONTHDAY=-1', 'Every month on the last day'],
	['FREQ=MONTHLY;BYDAY=1MO', 'Every month on the first Monday'],
	['FREQ=MONTHLY;BYDAY=-2FR', 'Every month on the second to last Friday'],
	[
		'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
		'Every month on Monday, Tuesday, Wednesday, Thursday and Friday only the last of these'
	],
	['FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1', 'Every year in March and September on day 1'],
	['FREQ=YEARLY;BYWEEKNO=20', 'Every year in week 20'],
	['FREQ=YEARLY;BYYEARDAY=100;UNTIL=20261231', 'Every year on day 100 of the year until 31 December 2026'],
	['nonsense', 'Every time']
])('%s is “%s”', (rule, words) => expect(recurrenceWords(rule)).toBe(words));
