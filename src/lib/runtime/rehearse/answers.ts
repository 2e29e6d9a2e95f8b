/** The systems that a scenario's journeys call: they answer at the visit's instant, in order per step, and the last answer repeats (§9). */
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import type { App } from '$lib/server/app.ts';
import type { CallResult } from '$lib/server/webhooks/call.ts';
import { callQueued } from '../caller.ts';

export class Answers {
	private readonly app: App;
	private readonly byStep: Map<string, NonNullable<Scenario['webhooks']>>;

	constructor(app: App, { webhooks = [] }: Scenario) {
		this.app = app;
		this.byStep = Map.groupBy(webhooks, ({ step }) => step);
	}

	/** Answers the calls in the outbox. */
	async give(): Promise<void> {
		const call = ({ step }: { step: string }) => Promise.resolve(this.next(step));
		await callQueued(this.app, undefined, () => Promise.resolve({ call }));
	}

	// Any status is an answer here: a scenario has no second try.
	private next(step: string): CallResult {
		const answers = this.byStep.get(step) ?? [];
		const answer = answers.length > 1 ? answers.shift() : answers[0];
		const { status = 200, body } = answer ?? {};
		return { outcome: 'answered', status, ...(body === undefined ? {} : { body }) };
	}
}
