/** The branches of a decision while it is drawn. */
import type { Forking } from './document.ts';

/** A branch whose condition or weight may still be missing. */
export interface DraftBranch {
	id: string;
	label?: string;
	where?: unknown;
	weight?: unknown;
}

function isBranch(value: unknown): value is DraftBranch {
	return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string';
}

/** The branches that can be read; none for a step of another kind. */
export function branchesOf(config: Record<string, unknown>): DraftBranch[] {
	return Array.isArray(config.branches) ? config.branches.filter(isBranch) : [];
}

export function findBranch(config: Record<string, unknown>, id: string): DraftBranch | undefined {
	return branchesOf(config).find((branch) => branch.id === id);
}

/** What people call a branch. */
export function branchLabel(branch: DraftBranch): string {
	return typeof branch.label === 'string' && branch.label.trim() !== '' ? branch.label : branch.id;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The branches of a decision with one more at the end, under an id that is free and stays. */
export function addBranch({ kind, config }: Forking): DraftBranch[] {
	const branches = branchesOf(config);
	const isFree = (id: string) => !branches.some((branch) => branch.id === id);
	if (kind === 'decide.random') {
		const letter = [...LETTERS].find(isFree);
		const id = letter ?? freeNumber('way', isFree);
		return [...branches, { id, label: letter ? letter.toUpperCase() : undefined, weight: 50 }].map(
			withoutGaps
		);
	}
	return [...branches, { id: freeNumber('way', isFree), where: { all: [] } }];
}

function freeNumber(stem: string, isFree: (id: string) => boolean): string {
	for (let number = 2; ; number++) if (isFree(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** Changes one branch. A key set to undefined is left out. */
export function changeBranch(
	config: Record<string, unknown>,
	id: string,
	change: Partial<Omit<DraftBranch, 'id'>>
): DraftBranch[] {
	return branchesOf(config).map((branch) =>
		branch.id === id ? withoutGaps({ ...branch, ...change }) : branch
	);
}

/** Moves a branch up (-1) or down (1). The order says which condition is asked first. */
export function moveBranch(config: Record<string, unknown>, id: string, by: 1 | -1): DraftBranch[] {
	const branches = branchesOf(config);
	const from = branches.findIndex((branch) => branch.id === id);
	const to = from + by;
	const [moved, other] = [branches[from], branches[to]];
	if (!moved || !other) return branches;
	return branches.map((branch, index) => (index === from ? other : index === to ? moved : branch));
}

/** What part of all contacts goes each way, in percent; null where the weights make no sense yet. */
export function shareOfBranch(config: Record<string, unknown>, id: string): number | null {
	const weights = branchesOf(config).map(({ weight }) =>
		typeof weight === 'number' && weight > 0 ? weight : 0
	);
	const sum = weights.reduce((total, weight) => total + weight, 0);
	const own = findBranch(config, id)?.weight;
	return sum > 0 && typeof own === 'number' ? (100 * Math.max(own, 0)) / sum : null;
}

function withoutGaps(branch: DraftBranch): DraftBranch {
	const kept = { ...branch };
	if (kept.label === undefined || kept.label.trim() === '') delete kept.label;
	if (kept.weight === undefined) delete kept.weight;
	return kept;
}
