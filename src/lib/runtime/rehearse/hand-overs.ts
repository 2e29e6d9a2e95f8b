/**
 * In a scenario hand-overs come at the visit's instant, before anything else (§3): a stand-in for the mail server answers at
 * once, and every send step stays for its answer, so that what follows sees whether the message was sent.
 */
import { isSend, type Plan } from '$lib/journey/index.ts';
import type { App } from '$lib/server/app.ts';
import type { HandOver } from '$lib/server/mail/hand-over.ts';
import type { MailTransport } from '$lib/server/mail/transport.ts';
import { sendQueued } from '../sender.ts';

/** A plan whose every send step stays. */
export function stayForHandOvers(plan: Plan): Plan {
	const steps = Object.entries(plan.steps).map(([id, step]) => [
		id,
		isSend(step) ? { ...step, staysForHandover: true } : step
	]);
	return { ...plan, steps: Object.fromEntries(steps) as Plan['steps'] };
}

/** Takes what is in the outbox to its end. */
export class Post {
	private readonly app: App;
	/** Hand-overs that are to fail, by `contact journey step` and `contact  step`. */
	private readonly failures = new Map<string, number>();

	constructor(app: App) {
		this.app = app;
	}

	/** Lets the contact's next hand-over of a step fail, of one journey or of any. */
	failNext(contactId: number, step: string, journey = ''): void {
		const key = `${contactId} ${journey} ${step}`;
		this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
	}

	async send(): Promise<void> {
		const transport = this.transport();
		await sendQueued(
			this.app,
			undefined,
			() => Promise.resolve(transport),
			false,
			() => Promise.resolve({ send: ({ messageId }) => this.answer(messageId) })
		);
		await this.app.pool.query(FORGIVE);
	}

	private transport(): MailTransport {
		return {
			testMode: true,
			send: ({ messageId }) => this.answer(messageId),
			close() {}
		};
	}

	private async answer(messageId: number | null): Promise<HandOver> {
		return (await this.mustFail(messageId))
			? { outcome: 'failed', response: '550 at RCPT TO' }
			: { outcome: 'sent', response: '250' };
	}

	private async mustFail(messageId: number | null): Promise<boolean> {
		if (!this.failures.size) return false;
		const { rows } = await this.app.pool.query<{ contact_id: number; slug: string; step: string }>(
			`select m.contact_id, j.slug, m.step from messages m join journey_versions v on v.id = m.version_id
			 join journeys j on j.id = v.journey_id where m.id = $1`,
			[messageId]
		);
		return rows.some(({ contact_id, slug, step }) =>
			[`${contact_id} ${slug} ${step}`, `${contact_id}  ${step}`].some((key) => this.takeFailure(key))
		);
	}

	private takeFailure(key: string): boolean {
		const left = this.failures.get(key) ?? 0;
		if (left === 0) return false;
		if (left === 1) this.failures.delete(key);
		else this.failures.set(key, left - 1);
		return true;
	}
}

// Steps without an edge on `failed` or `blocked` stay in a rehearsal alone: as in production, they go on with `next`.
const FORGIVE = `update enrollments e set wake = '{"kind":"handover","outcome":"next","reason":null}'
	from journey_versions v where v.id = e.version_id and e.wake->>'kind' = 'handover' and e.wake->>'outcome' = 'failed'
	and coalesce(v.plan #>> array['steps', e.step, 'outcomes', 'failed'], v.plan #>> array['steps', e.step, 'outcomes', 'blocked']) is null`;
