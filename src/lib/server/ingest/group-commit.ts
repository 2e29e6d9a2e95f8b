/**
 * Gathers what comes in within a few milliseconds and runs it as one, so that a thousand small writes cost one commit.
 * One batch runs at a time: what arrives meanwhile is the next one, and order is kept.
 */
export interface GroupCommitOptions<T, R> {
	/** Takes a batch and answers each of it, in order. */
	run: (items: T[]) => Promise<R[]>;
	/** How much an item counts towards `limit`. */
	weigh: (item: T) => number;
	gatherMs?: number;
	limit?: number;
}

interface Waiting<T, R> {
	item: T;
	resolve: (result: R) => void;
	reject: (error: unknown) => void;
}

// 5 ms: what a commit takes anyway; longer waits add delay and no throughput.
const GATHER_MS = 5;
const LIMIT = 5_000;

export class GroupCommit<T, R> {
	private readonly options: Required<GroupCommitOptions<T, R>>;
	private waiting: Waiting<T, R>[] = [];
	private timer: NodeJS.Timeout | undefined;
	private running: Promise<void> | undefined;

	constructor(options: GroupCommitOptions<T, R>) {
		this.options = { gatherMs: GATHER_MS, limit: LIMIT, ...options };
	}

	/** Resolves with the item's own answer once its batch is committed; rejects when the batch failed as a whole. */
	submit(item: T): Promise<R> {
		return new Promise((resolve, reject) => {
			this.waiting.push({ item, resolve, reject });
			if (!this.running) this.timer ??= setTimeout(() => this.start(), this.options.gatherMs);
		});
	}

	/** Waits until everything submitted is answered. */
	async settle(): Promise<void> {
		while (this.waiting.length > 0 || this.running) {
			if (!this.running) this.start();
			await this.running;
		}
	}

	private start(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
		this.running = this.runAll().finally(() => (this.running = undefined));
	}

	private async runAll(): Promise<void> {
		while (this.waiting.length > 0) {
			const batch = this.take();
			try {
				const results = await this.options.run(batch.map((entry) => entry.item));
				batch.forEach((entry, i) => entry.resolve(results[i] as R));
			} catch (error) {
				for (const entry of batch) entry.reject(error);
			}
		}
	}

	private take(): Waiting<T, R>[] {
		let weight = 0;
		let count = 0;
		for (const { item } of this.waiting) {
			weight += this.options.weigh(item);
			if (count > 0 && weight > this.options.limit) break;
			count++;
		}
		return this.waiting.splice(0, count);
	}
}
