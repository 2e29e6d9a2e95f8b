/**
 * A message of which nobody knows whether it was sent is held until a person says so (§5.8). What they say is written as the
 * sender would have written it; the attempts stay as they are, since they are the evidence.
 */
import type { Plan } from '$lib/journey/index.ts';
import type { App } from '$lib/server/app.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump, enqueueSend } from './door.ts';
import { loadPlans } from './plans.ts';
import { planIgnored, wakeStays } from './send-record.ts';

/** What a person says of a message: it arrived; it did not, and is sent again; it did not, and is left. */
export type Verdict = 'arrived' | 'again' | 'left';

/** The reason of a message that a person left unsent. */
export const LEFT_UNSENT = 'left-unsent';

interface Held {
	id: number;
	enrollmentId: number;
	contactId: number;
	journeyId: number;
	channel: 'email' | 'text';
	versionId: number;
	step: string;
	arrival: number;
	visitAt: Date;
	attempts: number;
	timezone: string | null;
	journeyState: string;
	enrollmentState: string;
	/** Where the enrollment is now. */
	enrollmentStep: string;
	/** When the last hand-over began: where it arrived, it did so then. */
	triedAt: Date | null;
}

/** Settles a held message and gives the journey's slug; `gone` where it is no longer held, `over` where it can't be sent any more. */
export async function settleHeld(
	tx: Tx,
	app: App,
	messageId: number,
	verdict: Verdict
): Promise<{ slug: string; step: string } | 'gone' | 'over'> {
	const held = await lockHeld(tx, messageId);
	if (!held) return 'gone';
	const version = (await loadPlans(tx, app.pool, [held.versionId])).get(held.versionId);
	if (!version) return 'gone';
	if (verdict === 'again' && isOver(held, version.plan)) return 'over';
	if (verdict === 'again') await sendAgain(tx, held);
	else await decide(tx, app, held, version.zone, verdict);
	return { slug: version.slug, step: held.step };
}

// Enrollments before messages, as everybody locks them.
async function lockHeld(tx: Tx, messageId: number): Promise<Held | undefined> {
	await tx.query(
		`select from enrollments where id = (select enrollment_id from messages where id = $1) for no key update`,
		[messageId]
	);
	const { rows } = await tx.query<Held>(
		`select m.id, m.enrollment_id as "enrollmentId", m.contact_id as "contactId", e.journey_id as "journeyId", m.channel, m.version_id as "versionId", m.step, m.arrival,
			m.visit_at as "visitAt", m.attempts, c.timezone, j.state as "journeyState", e.state as "enrollmentState",
			e.step as "enrollmentStep",
			(select max(a.started_at) from message_attempts a where a.message_id = m.id) as "triedAt"
		 from messages m join contacts c on c.id = m.contact_id join enrollments e on e.id = m.enrollment_id
		 join journeys j on j.id = e.journey_id
		 where m.id = $1 and m.state = 'unknown' for no key update of m`,
		[messageId]
	);
	return rows[0];
}

// The sender would take it back at once, or never look at it (`hasLeft` in send-claim.ts).
function isOver({ journeyState, enrollmentState, enrollmentStep }: Held, plan: Plan): boolean {
	if (journeyState === 'archived' || ['converted', 'cancelled'].includes(enrollmentState)) return true;
	return enrollmentState === 'exited' && plan.steps[enrollmentStep]?.kind !== 'exit';
}

async function sendAgain(tx: Tx, { id }: Held): Promise<void> {
	await tx.query(
		`update messages set state = 'queued', reason = null, not_before = null, lease_until = null, decided_at = null where id = $1`,
		[id]
	);
	await enqueueSend(tx);
}

async function decide(
	tx: Tx,
	app: App,
	held: Held,
	zone: string,
	verdict: Exclude<Verdict, 'again'>
): Promise<void> {
	const now = app.clock.now();
	const hasArrived = verdict === 'arrived';
	const at = hasArrived ? (held.triedAt?.getTime() ?? now) : now;
	const stay = { enrollmentId: held.enrollmentId, step: held.step, arrival: held.arrival };
	const woken = await wakeStays(
		tx,
		[
			hasArrived
				? { ...stay, outcome: 'next', reason: null }
				: { ...stay, outcome: 'failed', reason: LEFT_UNSENT }
		],
		now
	);
	await tx.query('update messages set state = $2, reason = $3, decided_at = $4 where id = $1', [
		held.id,
		hasArrived ? 'sent' : 'failed',
		hasArrived ? null : LEFT_UNSENT,
		new Date(at)
	]);
	const sheet = new CountSheet();
	for (const measure of hasArrived ? ['sent', 'delivered'] : ['failed'])
		sheet.add(held.versionId, zone, held.visitAt.getTime(), held.step, measure);
	await writeCounts(tx, sheet, shards.sender);
	const message = { ...held, zone, visitAt: held.visitAt.getTime(), attempt: held.attempts };
	if (hasArrived && held.channel === 'email') await planIgnored(tx, app, [message], at);
	if (woken) await enqueuePump(tx);
}
