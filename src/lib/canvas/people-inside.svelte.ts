/** What a publish does with the people inside: looked at when the sheet opens, chosen in it. */
import type { DraftStep } from './document.ts';
import { countOf, upperFirst } from './words.ts';

/** A step where people stand that the new version lacks, or has as another kind. */
export interface LostStep {
	step: DraftStep;
	people: number;
	is: 'gone' | 'other';
}

export interface MovePreview {
	inside: number;
	stay: number;
	lost: LostStep[];
}

export type PeopleChoice =
	{ choice: 'finish' } | { choice: 'move'; mapping: Record<string, { step: string } | 'exit'> };

/** What the server says became of them. */
export type PeopleOutcome =
	| { choice: 'finish'; inside: number }
	| { choice: 'move'; stayed: number; moved: number; ended: number; stopped: number };

/** The end of their journey, among the places to which people can be led; a step is `to:` and its id. */
export const END = 'end';

export class PeopleInside {
	preview = $state.raw<MovePreview | null>(null);
	choice = $state<'finish' | 'move'>('finish');
	/** Where those at a lost step go, by its id. */
	targets = $state<Record<string, string | undefined>>({});
	readonly #read: () => Promise<MovePreview | null>;

	constructor(read: () => Promise<MovePreview | null>) {
		this.#read = read;
	}

	/** Counts anew who is inside; what was chosen stays. */
	async look(): Promise<void> {
		this.preview = await this.#read();
		for (const { step, is } of this.preview?.lost ?? [])
			if (is === 'other') this.targets[step.id] ??= `to:${step.id}`;
	}

	/** Forgets what was chosen. */
	reset(): void {
		this.preview = null;
		this.choice = 'finish';
		this.targets = {};
	}

	/** Whether there is a place for everybody. */
	get isChosen(): boolean {
		const lost = this.preview?.lost ?? [];
		return this.choice === 'finish' || lost.every(({ step }) => this.targets[step.id] !== undefined);
	}

	get answer(): PeopleChoice {
		if (this.choice === 'finish') return { choice: 'finish' };
		const lost = this.preview?.lost ?? [];
		const mapping = lost.flatMap(({ step }) => {
			const target = this.targets[step.id];
			if (target === undefined) return [];
			return [[step.id, target === END ? ('exit' as const) : { step: target.slice('to:'.length) }] as const];
		});
		return { choice: 'move', mapping: Object.fromEntries(mapping) };
	}
}

/** What became of the people inside, in a sentence; empty where nobody was. */
export function outcomeWords(people: PeopleOutcome): string {
	if (people.choice === 'finish') {
		if (people.inside === 0) return '';
		return `${countOf(people.inside, 'person finishes', 'people finish')} on the version they entered.`;
	}
	const parts = [
		people.stayed > 0 && `${countOf(people.stayed, 'person', 'people')} stayed at their step`,
		people.moved > 0 && `${countOf(people.moved, 'person', 'people')} went to another step`,
		people.ended > 0 && `the journey of ${countOf(people.ended, 'person', 'people')} was ended`,
		people.stopped > 0 &&
			`${countOf(people.stopped, 'person was', 'people were')} stopped, having been at the chosen step before`
	].filter((part) => part !== false);
	const said = parts.join(', ');
	return said === '' ? '' : `${upperFirst(said)}.`;
}
