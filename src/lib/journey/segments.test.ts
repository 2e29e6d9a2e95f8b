import { expect, test } from 'vitest';
import type { Where } from './document.ts';
import { isTouched, readsOfSegment, type Change } from './segments.ts';

const conditions: Record<string, Where | null> = {
	vip: null,
	old: { attribute: 'age', op: '>', value: 65 },
	buyers: { event: { name: 'order.placed' } },
	busy: { event: { name: '*' } },
	openers: { message: { was: 'opened' } },
	agreed: { consent: 'marketing' },
	recent: { event: { name: 'order.placed', within: 'P30D' } },
	both: { all: [{ segment: 'old' }, { not: { segment: 'vip' } }] },
	round: { any: [{ segment: 'about' }, { attribute: 'age', op: 'exists' }] },
	about: { segment: 'round' }
};

const attribute = (key: string): Change => ({ kind: 'attributes', keys: [key] });
const event = (name: string): Change => ({ kind: 'event', name });
const kept = (segment: string): Change => ({ kind: 'kept', segment });
const message: Change = { kind: 'message' };

test.each<[segment: string, asked: Change[], left: Change[]]>([
	['vip', [kept('vip')], [kept('other'), attribute('age'), event('order.placed'), message]],
	['old', [attribute('age')], [attribute('city'), event('order.placed'), message, kept('vip')]],
	['buyers', [event('order.placed')], [event('visit.completed'), attribute('age'), message]],
	['busy', [event('visit.completed')], [attribute('age'), message]],
	['openers', [message, event('email.opened')], [event('order.placed'), attribute('age')]],
	['both', [attribute('age'), kept('vip')], [attribute('city'), event('order.placed')]],
	['round', [attribute('age')], [attribute('city')]]
])('the segment “%s” is asked anew by what it reads, and by nothing else', (segment, asked, left) => {
	const reads = readsOfSegment(segment, conditions);
	expect(asked.map((change) => isTouched(reads, change))).toEqual(asked.map(() => true));
	expect(left.map((change) => isTouched(reads, change))).toEqual(left.map(() => false));
	expect(isTouched(reads, { kind: 'all' })).toBe(true);
});

test('a segment that reads the clock is asked by every change: its answer may have moved meanwhile', () => {
	for (const segment of ['recent', 'agreed']) {
		const reads = readsOfSegment(segment, conditions);
		expect(reads.clock).toBe(true);
		expect(isTouched(reads, attribute('city'))).toBe(true);
	}
});

test('a segment that nobody made reads nothing', () => {
	expect(isTouched(readsOfSegment('nowhere', conditions), attribute('age'))).toBe(false);
});
