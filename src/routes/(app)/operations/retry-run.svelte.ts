/** Stopped people tried again a hundred at a time, with a count and a way to stop. */
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

export class RetryRun {
	retried = $state(0);
	refused = $state.raw<readonly Refusal[]>([]);
	isRunning = $state(false);
	isDone = $state(false);
	/** Somebody had it stop before its end. */
	isCut = $state(false);
	failure = $state<string | null>(null);
	readonly #call: (input: Which & { after: number }) => Promise<Answer>;
	readonly #tell: (error: unknown) => string;

	constructor(call: (input: Which & { after: number }) => Promise<Answer>, tell: (error: unknown) => string) {
		this.#call = call;
		this.#tell = tell;
	}

	get done(): number {
		return this.retried + this.refused.reduce((sum, { count }) => sum + count, 0);
	}

	async run(which: Which): Promise<void> {
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
		const went =
			this.retried === 0 ? 'Nobody goes on' : `${formatCount(this.retried, 'person goes', 'people go')} on`;
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
