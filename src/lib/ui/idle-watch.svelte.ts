/**
 * Automatic logoff as the browser sees it (45 CFR 164.312(a)(2)(iii)): warns a minute before the session is over for want of
 * use, and then takes everything off the screen. The server decides; this asks it, as no use, before it warns and before it ends.
 */

export interface Remaining {
	/** Until the session is over for want of use (milliseconds). */
	idleIn: number;
	/** Until it is over in any case (milliseconds). */
	endsIn: number;
}

interface IdleOptions {
	first: Remaining;
	/** Milliseconds; also what a sleeping computer slept has to pass on it. */
	now: () => number;
	/** Tells the server that somebody is there. */
	here: () => Promise<Remaining>;
	/** Asks how long it goes on, as no use. */
	ask: () => Promise<Remaining>;
	isSignedOut: (error: unknown) => boolean;
	/** Runs `work` after so many ms, and gives a way to call it off. */
	later: (work: () => void, ms: number) => () => void;
}

export const WARN_MS = 60_000;
/** Whoever reads or draws without asking the server for anything is told to it at most so often (milliseconds). */
export const HERE_EVERY_MS = 30_000;
const TICK_MS = 1000;

export class IdleWatch {
	/** Seconds left while the warning is shown; null while it is not. */
	warning = $state.raw<number | null>(null);
	/** Nothing may be shown any more. */
	isOver = $state.raw(false);
	/** Whether what is near is the end in any case, which no use puts off. */
	isLast = $state.raw(false);
	readonly #options: IdleOptions;
	#idleAt = 0;
	#endsAt = 0;
	#toldAt: number;
	#cancel: () => void = () => {};

	constructor(options: IdleOptions) {
		this.#options = options;
		this.#toldAt = options.now();
		this.#take(options.first);
	}

	start(): void {
		this.#plan();
	}

	stop(): void {
		this.#cancel();
	}

	/** What a page that was just loaded says: loading it was a use. */
	loaded(remaining: Remaining): void {
		if (this.isOver) return;
		this.#toldAt = this.#options.now();
		this.#take(remaining);
		this.#plan();
	}

	/** Somebody moved, typed or touched. While the warning is shown only its button counts: a nudged mouse is nobody. */
	used(): void {
		if (this.isOver || this.warning !== null) return;
		if (this.#options.now() - this.#toldAt < HERE_EVERY_MS) return;
		void this.stay();
	}

	/** Puts the end off, as far as it can be. */
	async stay(): Promise<void> {
		this.#toldAt = this.#options.now();
		await this.#hear(this.#options.here);
	}

	/** Looks whether the time has come; also when a page is seen again after the computer slept. */
	async look(): Promise<void> {
		if (this.isOver) return;
		if (this.#left() > WARN_MS) return this.#plan();
		// Another tab may have been in use meanwhile: before anybody is warned or sent away the server is asked.
		if (this.warning === null || this.#left() <= 0) return this.#hear(this.#options.ask);
		this.#plan();
	}

	async #hear(ask: () => Promise<Remaining>): Promise<void> {
		this.#cancel();
		try {
			this.#take(await ask());
		} catch (error) {
			// A server that can't be reached keeps nobody's page open beyond its time.
			if (this.#options.isSignedOut(error) || this.#left() <= 0) return this.#end();
		}
		this.#plan();
	}

	#take({ idleIn, endsIn }: Remaining): void {
		const now = this.#options.now();
		this.#idleAt = now + idleIn;
		this.#endsAt = now + endsIn;
	}

	#left(): number {
		return Math.min(this.#idleAt, this.#endsAt) - this.#options.now();
	}

	#plan(): void {
		this.#cancel();
		if (this.isOver) return;
		const left = this.#left();
		this.isLast = this.#endsAt <= this.#idleAt;
		this.warning = left <= WARN_MS ? Math.max(0, Math.ceil(left / 1000)) : null;
		const next = left > WARN_MS ? left - WARN_MS : Math.max(0, Math.min(TICK_MS, left));
		this.#cancel = this.#options.later(() => void this.look(), next);
	}

	#end(): void {
		this.#cancel();
		this.warning = null;
		this.isOver = true;
	}
}
