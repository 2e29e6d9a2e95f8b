/** What of one person was uncovered on this page, and for how long. It lives as long as the page does. */
import type { ReasonCode } from './reasons.ts';

export interface Shown {
	key: string;
	label: string;
	value: string;
}
export interface Reason {
	code: ReasonCode;
	words: string;
}

// Long enough to read and to note down, short enough that nobody else reads it off a screen that was left.
const SHOWN_FOR_MS = 5 * 60_000;

type FetchShown = (event: number | undefined, reason: Reason) => Promise<Shown[]>;

export class Showing {
	/** The person's attributes; null while they are covered. */
	attributes = $state.raw<readonly Shown[] | null>(null);
	/** What events came with, by the event's id. */
	events = $state.raw<Readonly<Record<number, readonly Shown[]>>>({});
	/** What is asked for while the reason is; null when nothing is. */
	asked = $state.raw<{ event?: number } | null>(null);
	/** The reason that was given last on this page, for the next one to begin with. */
	reason: Reason | null = null;
	readonly #fetchShown: FetchShown;
	/** By the event's id; 0 for the attributes. */
	readonly #timers: Record<number, ReturnType<typeof setTimeout> | undefined> = {};

	/** `fetchShown` asks the server, which records it; without an event it is the attributes that are asked for. */
	constructor(fetchShown: FetchShown) {
		this.#fetchShown = fetchShown;
	}

	ask(event?: number): void {
		this.asked = event === undefined ? {} : { event };
	}

	/** Throws what the API throws. */
	async show(reason: Reason): Promise<void> {
		const { asked } = this;
		if (!asked) return;
		const { event } = asked;
		const shown = await this.#fetchShown(event, reason);
		this.reason = reason;
		if (event === undefined) this.attributes = shown;
		else this.events = { ...this.events, [event]: shown };
		this.#coverLater(event);
	}

	cover(event?: number): void {
		clearTimeout(this.#timers[event ?? 0]);
		if (event === undefined) this.attributes = null;
		else {
			const { [event]: _, ...others } = this.events;
			this.events = others;
		}
	}

	coverAll(): void {
		this.cover();
		for (const event of Object.keys(this.events)) this.cover(Number(event));
	}

	#coverLater(event: number | undefined): void {
		clearTimeout(this.#timers[event ?? 0]);
		this.#timers[event ?? 0] = setTimeout(() => this.cover(event), SHOWN_FOR_MS);
	}
}
