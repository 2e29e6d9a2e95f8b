import type { Read } from './world.ts';

/** One contact's passage through one version, as the interpreter needs it. JSON all through; instants in ms. */
export interface EnrollmentState {
	step: string;
	arrivedAt: number;
	/** How often each step was visited. */
	arrivals: Record<string, number>;
	visitCount: number;
	enteredAt: number;
	/** The payload of the event that let the contact in. */
	trigger: Record<string, unknown>;
	/** That event's id: exit rule and goal look only at what came after it. */
	entryEventId?: number | null;
	/** The last event before an entry that no event caused; what comes after it at that instant counts. */
	lastEventId?: number;
	/** The journeys whose steps caused this entry, the first first, and this one; none of them is entered again (§6). */
	lineage?: string[];
	/** When each `wait.until` with a time of day was left last: its next one comes after that. */
	leftAt?: Record<string, number>;
	/** True: the visit at `step` is open, it was waiting. False: about to arrive there as the entry. */
	standing: boolean;
}

/** Why the interpreter runs: the entry, a due time, an awaited event, an answer, or what became of a message. */
export type Wake =
	| { kind: 'start' }
	/** The visit was opened by a move to a newer version; the step has not acted yet. */
	| { kind: 'arrived' }
	/** `past`: the date that a wait followed was moved to before today. */
	| { kind: 'due'; outcome?: 'past' }
	| { kind: 'event' }
	| { kind: 'handover'; outcome: 'next' | 'blocked' | 'failed'; reason: string | null }
	| { kind: 'approval'; answer: 'approved' | 'declined' }
	/** An answer to a webhook, or null where it gave up, with the reason why where one is known. */
	| { kind: 'webhook'; answer: { status: number; body?: unknown } | null; reason?: string };

export interface Visit {
	step: string;
	/** The arrival. */
	at: number;
	/** Null: still open, or ended here. */
	outcome: string | null;
	reason: string | null;
	/** The first visit only: it was open before. */
	continues?: true;
	reads?: Read[];
}

/** What the shell must write with the new state, in order. (step, arrival) is unique in an enrollment. */
export type Effect =
	| {
			kind: 'message';
			channel: 'email' | 'text';
			step: string;
			arrival: number;
			template: string;
			purpose: 'treatment' | 'operations' | 'marketing';
			/** What the law calls marketing, whatever the purpose says. */
			marketing: boolean;
			topic: string | null;
			state: 'queued' | 'blocked';
			reason: string | null;
			security: 'auto' | 'tls' | 'portal';
	  }
	| { kind: 'eventWait'; step: string; event: string }
	/** The shell gives a place, which is the due time (`placeFor`). */
	| { kind: 'place'; step: string; contacts: number; per: string }
	| { kind: 'approval'; step: string; arrival: number; by: string | string[]; ask: string }
	/** Attributes of the contact; null takes one away. */
	| { kind: 'update'; step: string; set: Record<string, unknown> }
	| { kind: 'segment'; step: string; segment: string; change: 'add' | 'remove' }
	| {
			kind: 'webhook';
			step: string;
			arrival: number;
			url: string;
			method: string;
			headers: Record<string, string>;
			body: string | null;
	  }
	| { kind: 'notify'; step: string; arrival: number; to: string[]; message: string }
	/** An entry into another journey that its door admits; it happens after this enrollment waits or ends. */
	| {
			kind: 'enter';
			step: string;
			arrival: number;
			journey: string;
			trigger: string;
			payload: Record<string, unknown>;
	  }
	| { kind: 'refusal'; step: string; journey: string; trigger: string; reason: Refusal };

/** Why somebody was not let in. */
export type Refusal = 'reentry' | 'duplicate-key' | 'loop' | 'paused' | 'archived';

export type AdvanceState = 'waiting' | 'completed' | 'converted' | 'exited' | 'moved' | 'stopped' | 'failed';

/** What a waiting enrollment waits for. A place is a time that the shell gives. */
export type Awaited = 'time' | 'event' | 'handover' | 'place' | 'approval' | 'webhook';

/** The enrollment after a wake. */
export interface Advance {
	state: AdvanceState;
	reason: string | null;
	step: string;
	arrivedAt: number;
	waitingFor: Awaited | null;
	/** Null only for a hand-over, a webhook or a place, or where it ended. */
	dueAt: number | null;
	arrivals: Record<string, number>;
	visitCount: number;
	/** Only where it changed. */
	leftAt?: Record<string, number>;
	visits: Visit[];
	effects: Effect[];
}
