/** The ids of a decision's branches: each is an outcome, so no two are the same and some are taken. */
import { SLUG } from '../document.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';

/** A branch by chance may be called `else`, for there is no other such outcome beside it. */
function takenBy(branches: readonly unknown[]): string[] {
	const isByChance = branches.some(
		(branch) => typeof branch === 'object' && branch !== null && 'weight' in branch
	);
	return isByChance ? ['next', 'repeat'] : ['else', 'next', 'repeat'];
}

/** What is wrong with the branches' ids, each at its own place. */
export function branchFaults(branches: readonly unknown[], path: string, step?: string): Diagnostic[] {
	const ids = branches.map((branch) => (branch as { id?: unknown } | null)?.id);
	const all = new Set(ids);
	const taken = takenBy(branches);
	const seen = new Set<unknown>();
	return ids.flatMap((id, index) => {
		const isTwice = seen.has(id);
		seen.add(id);
		if (typeof id !== 'string' || !SLUG.test(id)) return [];
		if (!isTwice && !taken.includes(id)) return [];
		const place = at(path, index, 'id');
		const free = freeId(id, all);
		const message = isTwice
			? `Two branches have the id “${id}”. Give one of them another id.`
			: `A branch can not have the id “${id}”, for it has a meaning of its own. Give it another id.`;
		const fix = {
			label: `Use the id “${free}”`,
			patch: [{ op: 'set' as const, path: place, value: free }]
		};
		return [diagnose('format.value', place, message, { step, fix })];
	});
}

function freeId(id: string, all: Set<unknown>): string {
	const stem = id.slice(0, 60);
	for (let number = 2; ; number++) {
		const free = `${stem}-${number}`;
		if (!all.has(free)) {
			all.add(free);
			return free;
		}
	}
}
