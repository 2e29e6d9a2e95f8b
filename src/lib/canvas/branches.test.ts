import { describe, expect, test } from 'vitest';
import { addBranch, branchesOf, changeBranch, moveBranch, shareOfBranch } from './branches.ts';
import { allOutcomes, fallsThrough, mainOutcomes, type DraftStep } from './document.ts';
import { removeBranch, updateStep } from './edits.ts';
import { drawing, edgesOf } from './fixture.ts';
import { outcomeLabel, outcomeQuestion } from './words.ts';

const match: DraftStep = {
	id: 'fork',
	kind: 'decide.match',
	config: {
		branches: [
			{ id: 'first', where: { attribute: 'age', op: '>', value: 65 } },
			{ id: 'failed', label: 'Diabetics', where: { segment: 'diabetics' } }
		]
	}
};
const random: DraftStep = {
	id: 'fork',
	kind: 'decide.random',
	config: {
		branches: [
			{ id: 'a', label: 'A', weight: 1 },
			{ id: 'b', weight: 3 }
		]
	}
};
const idsOf = (branches: { id: string }[]) => branches.map(({ id }) => id);

describe('the ways of a decision', () => {
	test('are its branches, whatever they are called, and the rest', () => {
		expect(mainOutcomes(match)).toEqual(['first', 'failed', 'else']);
		expect(allOutcomes(match)).toEqual(['first', 'failed', 'else', 'repeat']);
		expect(mainOutcomes(random)).toEqual(['a', 'b']);
	});

	test('are called by their names', () => {
		expect(outcomeLabel(match, 'failed')).toBe('Diabetics');
		expect(outcomeLabel(match, 'first')).toBe('first');
		expect(outcomeLabel(match, 'else')).toBe('otherwise');
		expect(outcomeQuestion(match, 'failed')).toBe('If “Diabetics”');
		expect(outcomeQuestion(match, 'else')).toBe('Otherwise');
	});

	test('fall through to “next” only where a message or a call can fail', () => {
		expect(fallsThrough(match, 'failed')).toBe(false);
		expect(fallsThrough({ kind: 'webhook.call', config: {} }, 'failed')).toBe(true);
		expect(fallsThrough({ kind: 'wait.until', config: {} }, 'past')).toBe(false);
	});

	test('that can not be read yet are none', () => {
		expect(mainOutcomes({ kind: 'decide.match', config: { branches: [null, 7, {}] } })).toEqual(['else']);
		expect(branchesOf({ branches: 'x' })).toEqual([]);
	});
});

describe('editing them', () => {
	test('a new one gets an id that is free', () => {
		expect(idsOf(addBranch(match))).toEqual(['first', 'failed', 'way-2']);
		expect(addBranch(random).at(-1)).toEqual({ id: 'c', label: 'C', weight: 50 });
	});

	test('a change leaves the others, and an empty name is none', () => {
		const changed = changeBranch(match.config, 'failed', { label: ' ' });
		expect(changed[1]).toEqual({ id: 'failed', where: { segment: 'diabetics' } });
		expect(changed[0]).toEqual({ id: 'first', where: { attribute: 'age', op: '>', value: 65 } });
	});

	test('one moves up or down, and not beyond the ends', () => {
		expect(idsOf(moveBranch(match.config, 'failed', -1))).toEqual(['failed', 'first']);
		expect(idsOf(moveBranch(match.config, 'first', -1))).toEqual(['first', 'failed']);
	});

	test('one that goes takes its way with it', () => {
		const before = updateStep(
			drawing(['call', 'fork', 'left', 'right'], ['call:next>fork', 'fork:failed>left', 'fork:else>right']),
			'fork',
			{ config: match.config }
		);
		const after = removeBranch(before, 'fork', 'failed');
		expect(edgesOf(after)).toEqual(['call:next>fork', 'fork:else>right']);
		expect(idsOf(branchesOf(after.steps[1]?.config ?? {}))).toEqual(['first']);
	});
});

test('a weight is a share of all weights', () => {
	expect(shareOfBranch(random.config, 'a')).toBe(25);
	expect(shareOfBranch({ branches: [{ id: 'a', weight: 0 }] }, 'a')).toBeNull();
	expect(shareOfBranch({ branches: [{ id: 'a' }] }, 'a')).toBeNull();
});
