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
	/** True: the visit at `step` is open, it was waiting. False: about to arrive there as the entry. */
	standing: boolean;
}

/** Why the interpreter runs: the entry, a due time, an awaited event, or what became of a message. */
export type Wake =
	| { kind: 'start' }
	| { kind: 'due' }
	| { kind: 'event' }
	| { kind: 'handover'; outcome: 'next' | 'blocked' | 'failed'; reason: string | null };

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

/** What the shell must write with the new state. (step, arrival) is unique in an enrollment. */
export type Effect =
	| {
			kind: 'message';
			step: string;
			arrival: number;
			template: string;
			purpose: 'treatment' | 'operations' | 'marketing';
			/** What the law calls marketing, whatever the purpose says. */
			marketing: boolean;
			topic: string | null;
			state: 'queued' | 'blocked';
			reason: string | null;
			security: 'auto' | 'tls';
	  }
	| { kind: 'eventWait'; step: string; event: string };

export type AdvanceState = 'waiting' | 'completed' | 'converted' | 'exited' | 'stopped' | 'failed';

/** The enrollment after a wake. */
export interface Advance {
	state: AdvanceState;
	reason: string | null;
	step: string;
	arrivedAt: number;
	waitingFor: 'time' | 'event' | 'handover' | null;
	/** Null only for a hand-over, or where it ended. */
	dueAt: number | null;
	arrivals: Record<string, number>;
	visitCount: number;
	visits: Visit[];
	effects: Effect[];
}
