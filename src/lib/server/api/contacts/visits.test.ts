import { describe, expect, it } from 'vitest';
import type { PathRow } from '../../people/history.ts';
import { visitsFrom } from './visits.ts';

const noon = new Date('2026-03-02T12:00:00Z');
const later = new Date('2026-03-04T12:00:00Z');

function path(row: Partial<PathRow>): PathRow {
	return {
		enrollmentId: 1,
		versionId: 1,
		at: noon,
		firstAt: noon,
		continues: false,
		steps: [],
		outcomes: [],
		reasons: null,
		reads: null,
		...row
	};
}

describe('the visits of an enrollment', () => {
	it('are the steps of each wake in order, and a wait over two wakes is one visit', () => {
		const visits = visitsFrom([
			path({ steps: ['visit', 'wait'], outcomes: ['next', null] }),
			path({ at: later, firstAt: noon, continues: true, steps: ['wait', 'survey'], outcomes: ['next', null] })
		]);
		expect(visits.map(({ step, at, leftAt, outcome }) => [step, at, leftAt, outcome])).toEqual([
			['visit', noon, noon, 'next'],
			['wait', noon, later, 'next'],
			['survey', later, null, null]
		]);
	});
	it('stay open over a wake that did not end the wait', () => {
		const visits = visitsFrom([
			path({ steps: ['survey'], outcomes: [null] }),
			path({ at: later, continues: true, steps: ['survey'], outcomes: [null], reasons: ['quiet-hours'] })
		]);
		expect(visits).toHaveLength(1);
		expect(visits[0]).toMatchObject({ step: 'survey', leftAt: null, reason: 'quiet-hours' });
	});
	it('keep the version on which they began, and one whose step is gone is left without an outcome', () => {
		const visits = visitsFrom([
			path({ steps: ['kept', 'gone'], outcomes: ['next', null] }),
			path({
				versionId: 2,
				at: later,
				continues: true,
				steps: ['gone', 'new'],
				outcomes: [null, null],
				reasons: ['version', null]
			})
		]);
		expect(visits.map(({ versionId, step, leftAt }) => [versionId, step, leftAt])).toEqual([
			[1, 'kept', noon],
			[1, 'gone', later],
			[2, 'new', null]
		]);
	});
	it('count the arrivals at a step, to find the message of each', () => {
		const visits = visitsFrom([path({ steps: ['a', 'b', 'a'], outcomes: ['next', 'next', null] })]);
		expect(visits.map(({ arrival }) => arrival)).toEqual([1, 1, 2]);
	});
	it('carry reasons and what was read', () => {
		const read = { what: 'attribute:age', value: 71, holds: true };
		const visits = visitsFrom([
			path({
				steps: ['if', 'mail'],
				outcomes: ['yes', 'blocked'],
				reasons: [null, 'no-address'],
				reads: [[read], null]
			})
		]);
		expect(visits[0]?.reads).toEqual([read]);
		expect(visits[1]).toMatchObject({ reason: 'no-address', reads: [] });
	});
});
