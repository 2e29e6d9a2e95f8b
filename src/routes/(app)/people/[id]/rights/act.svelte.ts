/** One form of a person's rights while it is filled in and sent. */
import { problemOf, sentenceOf } from '$lib/ui/api.ts';

export class Act {
	busy = $state(false);
	failure = $state.raw<{ path: string | null; message: string } | null>(null);
	readonly #fields: readonly string[];

	/** `fields` are the paths that have a place of their own for their fault. */
	constructor(fields: readonly string[]) {
		this.#fields = fields;
	}

	/** What is wrong with a field, or with the whole (null). */
	errorAt(path: string | null): string | null {
		return this.failure && this.failure.path === path ? this.failure.message : null;
	}

	/** Whether it was done. */
	async run(work: () => Promise<unknown>): Promise<boolean> {
		this.busy = true;
		this.failure = null;
		try {
			await work();
			return true;
		} catch (error) {
			const path = problemOf(error)?.path ?? null;
			const known = path !== null && this.#fields.includes(path);
			this.failure = { path: known ? path : null, message: sentenceOf(error) };
			return false;
		} finally {
			this.busy = false;
		}
	}
}
