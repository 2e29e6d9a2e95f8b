/** Writes what became of a try: the call's state, and the wake of the enrollment that stays for it. */
import type { App } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { sealAnswer } from '$lib/server/people/outgoing.ts';
import type { CallResult } from '$lib/server/webhooks/call.ts';
import { isPassing } from '$lib/server/webhooks/fault.ts';
import type { OutgoingCall } from './call-claim.ts';
import { enqueuePump } from './door.ts';
import { loadPlans } from './plans.ts';

/** How long to wait after each try; there is one more try than waits. */
const BACKOFF_MS = [5_000, 30_000, 5 * 60_000, 30 * 60_000];
/** A server may ask for more time, up to this. */
const LONGEST_WAIT_MS = 60 * 60_000;

type Settled =
	| { state: 'queued'; notBefore: number; reason: string | null; status: number | null }
	| { state: 'answered'; status: number; body: unknown }
	| { state: 'failed'; reason: string; status: number | null };

export async function recordCall(app: App, call: OutgoingCall, result: CallResult): Promise<void> {
	const now = app.clock.now();
	const settled = settle(call, result, now);
	const answer = await sealedBody(app, call, settled);
	await inTransaction(app.pool, async (tx) => {
		// The enrollment before the call, as everybody locks them.
		await tx.query('select 1 from enrollments where id = $1 for no key update', [call.enrollmentId]);
		if (!(await updateCall(tx, call, settled, answer, now)) || settled.state === 'queued') return;
		if (await wake(tx, call, settled, now)) await enqueuePump(tx);
	});
}

function settle({ attempt }: OutgoingCall, result: CallResult, now: number): Settled {
	if (result.outcome === 'answered') return { state: 'answered', status: result.status, body: result.body };
	const { fault, status = null, retryAfterMs = 0 } = result;
	const backoff = BACKOFF_MS[attempt - 1];
	if (!isPassing(fault) || backoff === undefined) return { state: 'failed', reason: fault, status };
	const wait = Math.max(backoff, Math.min(retryAfterMs, LONGEST_WAIT_MS));
	return { state: 'queued', notBefore: now + wait, reason: fault, status };
}

// Only what the step keeps of the answer is kept.
async function sealedBody(app: App, call: OutgoingCall, settled: Settled): Promise<Buffer | null> {
	if (settled.state !== 'answered' || settled.body === undefined) return null;
	const step = (await loadPlans(app.pool, app.pool, [call.versionId])).get(call.versionId)?.plan.steps[
		call.step
	];
	if (step?.kind !== 'webhook.call' || step.config.save === undefined) return null;
	const keys = await app.vault.keysToSeal([call.contactId]);
	return sealAnswer(keys.get(call.contactId), call.id, settled.body);
}

// Where the lease ran out, the try that took over decides.
async function updateCall(
	tx: Tx,
	call: OutgoingCall,
	settled: Settled,
	answer: Buffer | null,
	now: number
): Promise<boolean> {
	const isOpen = settled.state === 'queued';
	const { rowCount } = await tx.query(
		`update webhook_calls set state = $3, status = $4, reason = $5, answer = $6, not_before = $7, lease_until = null, decided_at = $8
		 where id = $1 and attempts = $2 and state = 'sending'`,
		[
			call.id,
			call.attempt,
			settled.state,
			settled.status,
			settled.state === 'answered' ? null : settled.reason,
			answer,
			isOpen ? new Date(settled.notBefore) : null,
			isOpen ? null : new Date(now)
		]
	);
	return rowCount === 1;
}

async function wake(
	tx: Tx,
	{ id, enrollmentId, step, arrival }: OutgoingCall,
	settled: Exclude<Settled, { state: 'queued' }>,
	now: number
): Promise<boolean> {
	const came =
		settled.state === 'answered'
			? { answer: { status: settled.status } }
			: { answer: null, reason: settled.reason };
	const { rowCount } = await tx.query(
		`update enrollments set due_at = $3, wake = $4
		 where id = $1 and step = $2 and state = 'waiting' and waiting_for = 'webhook' and wake is null
			and visits_of(visited, step) = $5`,
		[enrollmentId, step, new Date(now), JSON.stringify({ kind: 'webhook', call: id, ...came }), arrival]
	);
	return rowCount === 1;
}

/** The number of tries a call gets. */
export const MOST_TRIES = BACKOFF_MS.length + 1;
