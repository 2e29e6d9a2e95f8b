/** Many tried again a hundred at a time, with a count and a way to stop. */
import { formatCount, formatNumber } from '$lib/ui/format.ts';

/** Whom: those of a journey, or only those at a step, by an error. */
export interface Which {
	journey: string;
	step?: string;
	reason?: string;
}

interface Refusal {
	count: number;
	why: string;
}

interface Answer {
	retried: number;
	refused: Refusal[];
	next: number | null;
}

/** What is said of those that are tried again: stopped people, or what was set aside. */
export interface RunWords {
	none: string;
	some: (count: number) => string;
}

const people: RunWords = {
	none: 'Nobody goes on',
	some: (count) => `${formatCount(count, 'person goes', 'people go')} on`
};

export const asideWords: RunWords = {
	none: 'Nothing is tried again',
	some: (count) => `${formatCount(count, 'is', 'are')} tried again`
};

/** `On` says which: it goes along with each call. */
export class RetryRun<On extends object = Which> {
	retried = $state(0);
	refused = $state.raw<readonly Refusal[]>([]);
	isRunning = $state(false);
	isDone = $state(false);
	/** Somebody had it stop before its end. */
	isCut = $state(false);
	failure = $state<string | null>(null);
	readonly #call: (input: On & { after: number }) => Promise<Answer>;
	readonly #tell: (error: unknown) => string;
	readonly #words: RunWords;

	constructor(
		call: (input: On & { after: number }) => Promise<Answer>,
		tell: (error: unknown) => string,
		words: RunWords = people
	) {
		this.#call = call;
		this.#tell = tell;
		this.#words = words;
	}

	get done(): number {
		return this.retried + this.refused.reduce((sum, { count }) => sum + count, 0);
	}

	async run(which: On): Promise<void> {
		this.isRunning = true;
		try {
			for (let after: number | null = 0; after !== null && !this.isCut;) {
				const answer: Answer = await this.#call({ ...which, after });
				this.#add(answer);
				after = answer.next;
				if (after === null) this.isCut = false;
			}
		} catch (error) {
			this.failure = this.#tell(error);
		} finally {
			this.isRunning = false;
			this.isDone = true;
		}
	}

	/** After the hundred that is under way. */
	cut(): void {
		this.isCut = true;
	}

	/** What became of them, in a sentence. */
	get outcome(): string {
		const went = this.retried === 0 ? this.#words.none : this.#words.some(this.retried);
		const stayed = this.refused.map(({ count, why }) => `${formatNumber(count)} ${why}`);
		return [went, ...stayed].join('; ') + '.';
	}

	#add({ retried, refused }: Answer): void {
		this.retried += retried;
		for (const { count, why } of refused) {
			const others = this.refused.filter((each) => each.why !== why);
			const before = this.refused.find((each) => each.why === why)?.count ?? 0;
			this.refused = [...others, { count: before + count, why }];
		}
	}
}
