import { describe, expect, test } from 'vitest';
import { doorFault, reentryFault } from './admission.ts';
import type { Door } from './world.ts';

const DAY = 86_400_000;
const NEVER = { entries: 0, active: 0, lastExitAt: null };
const INSIDE = { entries: 1, active: 1, lastExitAt: null };
const LEFT = { entries: 1, active: 0, lastExitAt: 0 };

describe('the re-entry rule', () => {
	const after = { when: 'afterExit' as const, wait: 'P2D' };
	test.each([
		['never lets a contact in once', undefined, NEVER, 0, null],
		['never lets nobody in twice', undefined, LEFT, 9 * DAY, 'reentry'],
		['always lets in beside an active one', { when: 'always' as const }, INSIDE, 0, null],
		['after the exit refuses who is inside', { when: 'afterExit' as const }, INSIDE, 9 * DAY, 'reentry'],
		['after the exit lets in at that very instant', { when: 'afterExit' as const }, LEFT, 0, null],
		['with a wait refuses before it is over', after, LEFT, 2 * DAY - 1, 'reentry'],
		['with a wait lets in at its very end', after, LEFT, 2 * DAY, null],
		['with a wait lets a first contact in', after, NEVER, 0, null]
	])('%s', (_, rule, past, now, wanted) => expect(reentryFault(rule, past, 'UTC', now)).toBe(wanted));
});

describe('another journey’s door', () => {
	const door: Door = { state: 'live', trigger: 'm', reentry: undefined, zone: 'UTC', past: NEVER };
	test('lets in', () => expect(doorFault(door, 'b', ['a'], 0)).toBeNull());
	test('says first that it is closed, then that it would be a circle, then the rule', () => {
		const past = LEFT;
		expect(doorFault({ ...door, past, state: 'paused' }, 'a', ['a'], 0)).toBe('paused');
		expect(doorFault({ ...door, past, state: 'archived' }, 'a', ['a'], 0)).toBe('archived');
		expect(doorFault({ ...door, past }, 'a', ['a', 'b'], 0)).toBe('loop');
		expect(doorFault({ ...door, past }, 'c', ['a', 'b'], 0)).toBe('reentry');
	});
	test('that is not there is as good as archived', () =>
		expect(doorFault(undefined, 'b', ['a'], 0)).toBe('archived'));
});
