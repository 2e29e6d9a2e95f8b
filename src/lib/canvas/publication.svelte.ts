/** Whether the journey runs, on which version, and the verbs that change that. */
import type { Diagnostic } from '$lib/journey/index.ts';
import type { Trip, TripReason } from '$lib/text/breaker.ts';
import { changesBetween, hasChanges } from './changes.ts';
import type { DraftDocument } from './document.ts';
import {
	outcomeWords,
	PeopleInside,
	type MovePreview,
	type PeopleChoice,
	type PeopleOutcome
} from './people-inside.svelte.ts';

export type JourneyState = 'draft' | 'live' | 'paused' | 'archived';

export interface LiveVersion {
	number: number;
	document: DraftDocument;
}

/** Why the breaker holds the journey. `at` is ISO 8601. */
export type BreakerTrip = Trip & { at: string };

/** What the server answers to a publish. */
export type PublishAnswer =
	| { is: 'published'; number: number; people: PeopleOutcome; trip: BreakerTrip | null }
	| { is: 'refused'; message: string; problems: Diagnostic[] };

export interface PublicationCalls {
	/** Saves what waits, then publishes that very draft. */
	publish(people: PeopleChoice): Promise<PublishAnswer>;
	/** Saves what waits, then counts whom publishing it would touch; null when that can't be read. */
	previewMove(): Promise<MovePreview | null>;
	/** Null when it worked, else a sentence. */
	pause(): Promise<string | null>;
	/** `despite`: why the breaker holds it, where it does. */
	resume(despite?: TripReason): Promise<string | null>;
	archive(): Promise<string | null>;
	tell(sentence: string, isProblem: boolean): void;
}

const stateWords: Record<JourneyState, string> = {
	draft: 'Draft',
	live: 'Live',
	paused: 'Paused',
	archived: 'Archived'
};

export class Publication {
	state = $state<JourneyState>('draft');
	live = $state.raw<LiveVersion | null>(null);
	/** Null unless the breaker holds it. */
	trip = $state.raw<BreakerTrip | null>(null);
	isBusy = $state(false);
	readonly people: PeopleInside;
	/** Somebody is asked whether to resume what the breaker paused. */
	isResuming = $state(false);
	readonly #calls: PublicationCalls;

	constructor(
		state: JourneyState,
		live: LiveVersion | null,
		calls: PublicationCalls,
		trip: BreakerTrip | null = null
	) {
		this.state = state;
		this.live = live;
		this.trip = trip;
		this.#calls = calls;
		this.people = new PeopleInside(() => calls.previewMove());
	}

	/** "Draft", "Live · version 4". */
	get badge(): string {
		return this.live ? `${stateWords[this.state]} · version ${this.live.number}` : stateWords[this.state];
	}

	/** Whether publishing would make a difference: what is archived can be brought back as it is. */
	isChanged(draft: DraftDocument): boolean {
		return (
			this.live === null || this.state === 'archived' || hasChanges(changesBetween(this.live.document, draft))
		);
	}

	/** Publishes `draft`, which is what is drawn now. Returns the refusal, or null when it is published. */
	async publish(draft: DraftDocument): Promise<Extract<PublishAnswer, { is: 'refused' }> | null> {
		this.isBusy = true;
		const answer = await this.#calls.publish(this.people.answer).finally(() => (this.isBusy = false));
		if (answer.is === 'refused') {
			// People went on meanwhile, and may stand where nothing was chosen.
			await this.people.look();
			return answer;
		}
		this.live = { number: answer.number, document: draft };
		this.state = answer.trip ? 'paused' : 'live';
		this.trip = answer.trip;
		const said = answer.trip
			? `Version ${answer.number} is published, and the journey stays paused until you resume it.`
			: `Version ${answer.number} is live.`;
		this.#calls.tell(`${said} ${outcomeWords(answer.people)}`.trimEnd(), false);
		return null;
	}

	async pause(): Promise<void> {
		const failure = await this.#calls.pause();
		if (failure === null) this.state = 'paused';
		this.#calls.tell(
			failure ?? 'Paused. Nobody enters, and those inside stay where they are.',
			failure !== null
		);
	}

	async archive(): Promise<void> {
		const failure = await this.#calls.archive();
		if (failure === null) {
			this.state = 'archived';
			this.trip = null;
		}
		this.#calls.tell(
			failure ?? 'Archived. Everybody inside has left it; its numbers stay.',
			failure !== null
		);
	}

	async resume(): Promise<void> {
		const failure = await this.#calls.resume(this.trip?.reason);
		if (failure === null) {
			this.state = 'live';
			this.trip = null;
		}
		this.#calls.tell(failure ?? 'The journey goes on. What came meanwhile counts now.', failure !== null);
	}
}
