import { describe, expect, test } from 'vitest';
import { DraftSaver, type SaveAnswer } from './draft-saver.svelte.ts';
import { drawing } from './fixture.ts';

const draft = (name: string) => ({ ...drawing([], []), name });

/** A saver whose timers run by hand, and a server that answers as told. */
function setUp(answers: SaveAnswer[]) {
	const timers: { work: () => void; delay: number; isOff: boolean }[] = [];
	const saves: { revision: number; name: string }[] = [];
	const saver = new DraftSaver({
		revision: 1,
		savedAt: 'then',
		save: async (revision, document) => {
			saves.push({ revision, name: document.name });
			return answers.shift() ?? { is: 'saved', revision: revision + 1, at: 'now' };
		},
		later: (work, delay) => {
			const timer = { work, delay, isOff: false };
			timers.push(timer);
			return () => (timer.isOff = true);
		}
	});
	const planned = () => timers.filter((timer) => !timer.isOff);
	return { saver, saves, planned };
}

describe('the draft saves itself', () => {
	test('after a pause, the newest only', async () => {
		const { saver, saves, planned } = setUp([]);
		saver.take(draft('a'));
		saver.take(draft('b'));
		expect(planned()).toHaveLength(1);
		expect(saver.state.is).toBe('dirty');
		await saver.flush();
		expect(saves).toEqual([{ revision: 1, name: 'b' }]);
		expect(saver.state).toEqual({ is: 'saved', at: 'now' });
		expect(saver.revision).toBe(2);
	});

	test('what changes during a save is saved after it, on the new revision', async () => {
		const { saver, saves } = setUp([]);
		saver.take(draft('a'));
		const saving = saver.flush();
		saver.take(draft('b'));
		await saving;
		await saver.flush();
		expect(saves).toEqual([
			{ revision: 1, name: 'a' },
			{ revision: 2, name: 'b' }
		]);
		expect(saver.isPending).toBe(false);
	});

	test('tries again while the server can’t be reached, each time later', async () => {
		const { saver, saves, planned } = setUp([{ is: 'unreachable' }, { is: 'unreachable' }]);
		saver.take(draft('a'));
		await saver.flush();
		expect(saver.state.is).toBe('failing');
		const first = planned().at(-1)?.delay;
		await saver.flush();
		expect(planned().at(-1)?.delay).toBeGreaterThan(first ?? 0);
		await saver.flush();
		expect(saves.map((save) => save.name)).toEqual(['a', 'a', 'a']);
		expect(saver.state.is).toBe('saved');
	});

	test('overwrites nobody: it stops and waits for a choice', async () => {
		const { saver, saves } = setUp([{ is: 'stale', message: 'Maya saved this draft meanwhile.' }]);
		saver.take(draft('mine'));
		await saver.flush();
		saver.take(draft('mine, more'));
		await saver.flush();
		expect(saves).toHaveLength(1);
		expect(saver.state.is).toBe('stale');
		await saver.overwrite(draft('mine, more'), 7);
		expect(saves.at(-1)).toEqual({ revision: 7, name: 'mine, more' });
		expect(saver.state.is).toBe('saved');
	});

	test('takes theirs without saving anything', async () => {
		const { saver, saves } = setUp([{ is: 'stale', message: '' }]);
		saver.take(draft('mine'));
		await saver.flush();
		saver.accept(7, 'theirs');
		await saver.flush();
		expect(saves).toHaveLength(1);
		expect(saver.revision).toBe(7);
		expect(saver.isPending).toBe(false);
	});

	test('a document that is refused is tried again with the next change', async () => {
		const { saver, saves } = setUp([{ is: 'refused', message: 'Too large.' }]);
		saver.take(draft('a'));
		await saver.flush();
		expect(saver.state).toEqual({ is: 'refused', message: 'Too large.' });
		saver.take(draft('b'));
		await saver.flush();
		expect(saves.map((save) => save.name)).toEqual(['a', 'b']);
	});
});
