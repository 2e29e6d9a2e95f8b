import { describe, expect, it } from 'vitest';
import {
	formatClock,
	formatCount,
	formatDate,
	formatNumber,
	formatPercent,
	formatRelative,
	formatSpan,
	formatTime
} from './format.ts';

describe('numbers', () => {
	it('group thousands', () => expect(formatNumber(12480)).toBe('12,480'));
	it('count in the singular and in the plural', () => {
		expect(formatCount(1, 'person', 'people')).toBe('1 person');
		expect(formatCount(2040, 'person', 'people')).toBe('2,040 people');
		expect(formatCount(0, 'message')).toBe('0 messages');
	});
	it.each([
		[0.2734, '27%'],
		[0.0011, '0.1%'],
		[0.00001, '<0.1%'],
		[0, '0%'],
		[1, '100%'],
		[0.996, '99.6%'],
		[0.99999, '>99.9%']
	])('show the share %d as %s, never rounding to nobody or to everybody', (share, text) =>
		expect(formatPercent(share)).toBe(text)
	);
});

describe('times', () => {
	const noon = Date.UTC(2026, 10, 24, 19, 2, 31);
	it('carry their zone', () => {
		expect(formatTime(noon, 'America/New_York')).toBe('Nov 24, 2026, 14:02 EST');
		expect(formatClock(noon, 'America/New_York')).toBe('14:02:31 EST');
	});
	it('keep a plain date on its day in every zone', () => {
		expect(formatDate('2026-11-24', 'America/Los_Angeles')).toBe('Nov 24, 2026');
		expect(formatDate(Date.UTC(2026, 10, 24, 3), 'America/Los_Angeles')).toBe('Nov 23, 2026');
	});
	it('are told from now', () => {
		expect(formatRelative(noon - 3 * 60_000, noon)).toBe('3 minutes ago');
		expect(formatRelative(noon + 2 * 86_400_000, noon)).toBe('in 2 days');
		expect(formatRelative(noon - 20_000, noon)).toBe('just now');
	});
	it('show a span in its two largest units', () => {
		expect(formatSpan(187_200_000)).toBe('2 d 4 h');
		expect(formatSpan(172_800_000)).toBe('2 d');
		expect(formatSpan(900)).toBe('1 s');
		expect(formatSpan(0)).toBe('0 s');
	});
});
