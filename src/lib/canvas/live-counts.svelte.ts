/** The report's numbers on the drawing, read again while somebody looks at them. */
import type { StepCounts } from './traffic.ts';

export interface CountsQuery {
	/** The last so many days; undefined is all time. */
	days: number | undefined;
	version: number | 'all';
}

export interface CountsAnswer {
	steps: Record<string, StepCounts>;
	versions: { number: number }[];
}

interface CountsOptions {
	/** Null when it could not be read; the numbers on screen then stay as they are. */
	read: (query: CountsQuery) => Promise<CountsAnswer | null>;
	show: (steps: Record<string, StepCounts>) => void;
	isVisible: () => boolean;
	later: (work: () => void, delay: number) => () => void;
}

const EVERY_MS = 5000;

export class LiveCounts {
	query = $state.raw<CountsQuery>({ days: 30, version: 'all' });
	versions = $state.raw<readonly number[]>([]);
	readonly #options: CountsOptions;
	#cancel: () => void = () => {};
	#isStopped = false;
	/** Rises with each reading, so that a slow answer to an older question is not shown. */
	#reading = 0;

	constructor(options: CountsOptions) {
		this.#options = options;
	}

	/** Asks for other days or another version, at once. */
	ask(change: Partial<CountsQuery>): void {
		this.query = { ...this.query, ...change };
		void this.read();
	}

	/** Reads now, and again a while after. */
	async read(): Promise<void> {
		this.#cancel();
		const reading = ++this.#reading;
		if (this.#options.isVisible()) {
			const answer = await this.#options.read(this.query);
			if (reading !== this.#reading || this.#isStopped) return;
			if (answer) {
				this.versions = answer.versions.map((version) => version.number);
				this.#options.show(answer.steps);
			}
		}
		this.#cancel = this.#options.later(() => void this.read(), EVERY_MS);
	}

	stop(): void {
		this.#isStopped = true;
		this.#cancel();
	}
}
