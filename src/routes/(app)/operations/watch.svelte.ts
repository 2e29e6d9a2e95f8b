/** Figures that are read again every few seconds while somebody can see them; where that fails, the last ones stay, and say so. */

interface WatchOptions<T> {
	first: T;
	read: () => Promise<T>;
	isVisible: () => boolean;
	/** Runs `work` after so many ms, and gives a way to call it off. */
	later: (work: () => void, ms: number) => () => void;
	/** What went wrong, in a sentence. */
	tell: (error: unknown) => string;
	/** Whether there is no use in asking again: nobody is signed in any more. */
	isOver: (error: unknown) => boolean;
}

export const EVERY_MS = 5000;

export class Watch<T> {
	figures = $state.raw() as T;
	/** Why what is shown is old; null while it is not. */
	trouble = $state.raw<string | null>(null);
	isOver = $state.raw(false);
	isReading = $state.raw(false);
	readonly #options: WatchOptions<T>;
	#cancel: () => void = () => {};
	#isStopped = false;
	/** Rises with each reading, so that a slow answer is not shown over a later one. */
	#reading = 0;

	constructor(options: WatchOptions<T>) {
		this.#options = options;
		this.figures = options.first;
	}

	/** Waits for the first turn: what was loaded with the page is new. */
	start(): void {
		this.#schedule();
	}

	/** Reads now, and again a while after. */
	async read(): Promise<void> {
		this.#cancel();
		const reading = ++this.#reading;
		this.isReading = true;
		try {
			const figures = await this.#options.read();
			if (reading !== this.#reading) return;
			this.figures = figures;
			this.trouble = null;
		} catch (error) {
			if (reading !== this.#reading) return;
			this.trouble = this.#options.tell(error);
			this.isOver = this.#options.isOver(error);
		} finally {
			if (reading === this.#reading) {
				this.isReading = false;
				this.#schedule();
			}
		}
	}

	/** Call it when the page is seen again, or no more: nothing is asked for nobody. */
	seen(): void {
		if (this.#options.isVisible() && !this.isOver) void this.read();
		else this.#cancel();
	}

	stop(): void {
		this.#isStopped = true;
		this.#reading++;
		this.#cancel();
	}

	#schedule(): void {
		this.#cancel();
		if (this.#isStopped || this.isOver || !this.#options.isVisible()) return;
		this.#cancel = this.#options.later(() => void this.read(), EVERY_MS);
	}
}
