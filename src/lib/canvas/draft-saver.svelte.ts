/**
 * Keeps the draft by itself: a while after the last change, one save at a time, tried again while the server can't be
 * reached. When somebody else saved meanwhile it stops and lets the person choose; nothing is overwritten in silence.
 *
 * saved -> dirty -> saving -> saved | failing (tries again) | refused | stale (a person decides)
 */
import type { DraftDocument } from './document.ts';

export type SaveState =
	| { is: 'saved'; at: string }
	| { is: 'dirty' }
	| { is: 'saving' }
	/** The server could not be reached; the next try comes by itself. */
	| { is: 'failing' }
	/** The server will not take this document; `message` says why. The next change tries again. */
	| { is: 'refused'; message: string }
	/** Somebody else saved since; `message` says who. */
	| { is: 'stale'; message: string };

export type SaveAnswer =
	| { is: 'saved'; revision: number; at: string }
	| { is: 'unreachable' }
	| { is: 'refused'; message: string }
	| { is: 'stale'; message: string };

interface SaverOptions {
	revision: number;
	savedAt: string;
	save: (revision: number, document: DraftDocument) => Promise<SaveAnswer>;
	/** Runs work after a delay in ms, and returns how to call it off. */
	later: (work: () => void, delay: number) => () => void;
}

const QUIET_MS = 800;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 30_000;

export class DraftSaver {
	state = $state.raw<SaveState>({ is: 'saved', at: '' });
	/** The revision that the server has, as far as we know. */
	revision: number;

	readonly #save: SaverOptions['save'];
	readonly #later: SaverOptions['later'];
	#waiting: DraftDocument | null = null;
	#cancel: () => void = () => {};
	#running: Promise<void> | null = null;
	#retryMs = FIRST_RETRY_MS;

	constructor(options: SaverOptions) {
		this.revision = options.revision;
		this.state = { is: 'saved', at: options.savedAt };
		this.#save = options.save;
		this.#later = options.later;
	}

	/** Whether something is not on the server yet. */
	get isPending(): boolean {
		return this.#waiting !== null || this.#running !== null;
	}

	/** Takes a changed document; it is saved once the person pauses. */
	take(document: DraftDocument): void {
		this.#waiting = document;
		if (this.state.is === 'stale') return;
		if (this.#running === null) this.state = { is: 'dirty' };
		this.#schedule(QUIET_MS);
	}

	/** Saves at once what waits; done when all of it is on the server, or can't be for now. */
	async flush(): Promise<void> {
		this.#cancel();
		while (this.#running ?? (this.#waiting !== null && this.state.is !== 'stale')) {
			await (this.#running ?? this.#run());
			if (this.state.is === 'failing' || this.state.is === 'refused') return;
		}
	}

	/** After `stale`: saves ours over the other draft, whose revision is given. */
	async overwrite(document: DraftDocument, revision: number): Promise<void> {
		this.revision = revision;
		this.#waiting = document;
		this.state = { is: 'dirty' };
		await this.flush();
	}

	/** After `stale`: takes the other draft as it is. */
	accept(revision: number, savedAt: string): void {
		this.#cancel();
		this.#waiting = null;
		this.revision = revision;
		this.state = { is: 'saved', at: savedAt };
	}

	/** Stops all that is planned. */
	stop(): void {
		this.#cancel();
	}

	#schedule(delay: number): void {
		this.#cancel();
		this.#cancel = this.#later(() => void this.flush(), delay);
	}

	#run(): Promise<void> {
		this.#running = this.#once().finally(() => (this.#running = null));
		return this.#running;
	}

	async #once(): Promise<void> {
		const document = this.#waiting;
		if (!document) return;
		this.#waiting = null;
		this.state = { is: 'saving' };
		const answer = await this.#save(this.revision, document);
		if (answer.is === 'saved') {
			this.revision = answer.revision;
			this.#retryMs = FIRST_RETRY_MS;
			this.state = this.#waiting ? { is: 'dirty' } : { is: 'saved', at: answer.at };
			return;
		}
		// What was not taken still waits, unless a newer drawing already does.
		this.#waiting ??= document;
		if (answer.is === 'unreachable') {
			this.state = { is: 'failing' };
			this.#schedule(this.#retryMs);
			this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
		} else this.state = { is: answer.is, message: answer.message };
	}
}
