/**
 * Tells members of the team by mail that a note waits for them. The mail names the journey and the step and leads to the note;
 * nothing about the person is in it, since nobody knows whose eyes see an inbox. Handed over as messages are, at most once.
 */
import type { App } from '$lib/server/app.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import type { HandOver } from '$lib/server/mail/hand-over.ts';
import { noticeMail } from '$lib/server/mail/notice-mail.ts';
import { loadSender } from '$lib/server/mail/sender.ts';
import type { MailTransport } from '$lib/server/mail/transport.ts';
import { enqueueSend } from './door.ts';
import { keepTrying, type Patience } from './keep-trying.ts';
import { LEASE_MS } from './send-claim.ts';

const BATCH = 50;
/** After these a mail that the server put off each time has failed; the note is there all the same. */
const RETRY_MINUTES = [1, 15, 60, 240];

interface Row {
	id: number;
	recipient: string;
	name: string | null;
	attempts: number;
	journey: string;
	step: string;
	is_member: boolean;
}

// Where a sender died, nobody can tell whether the mail went out; the note waits in Stepwell either way.
const HOLD_LOST = `update notices set state = 'failed', reason = 'sender-died', lease_until = null, decided_at = $1
	where state = 'sending' and lease_until < $1`;

const CLAIM = `with next as (
	select n.id from notices n join journey_versions v on v.id = n.version_id join journeys j on j.id = v.journey_id
	where n.state = 'queued' and (n.not_before is null or n.not_before <= $1) and j.state = 'live'
	order by n.id limit $2 for update of n skip locked
)
update notices n set state = 'sending', attempts = n.attempts + 1, lease_until = $3
from next, journey_versions v, journeys j
where n.id = next.id and v.id = n.version_id and j.id = v.journey_id
returning n.id, n.recipient, n.attempts, j.name as journey, n.user_id is not null as is_member,
	coalesce(v.plan #>> array['steps', n.step, 'label'], n.step) as step,
	(select u.name from users u where u.id = n.user_id) as name`;

/** Hands over what is queued; gives how many mails that were. */
export async function sendNotices(
	app: App,
	transport: MailTransport,
	shouldStop: () => boolean
): Promise<number> {
	await app.pool.query(HOLD_LOST, [new Date(app.clock.now())]);
	let total = 0;
	while (!shouldStop()) {
		const now = app.clock.now();
		const { rows } = await inTransaction(app.pool, (tx) =>
			tx.query<Row>(CLAIM, [new Date(now), BATCH, new Date(now + LEASE_MS)])
		);
		for (const row of rows) await tell(app, transport, row, { until: now + LEASE_MS / 2, shouldStop });
		total += rows.length;
		if (rows.length < BATCH) break;
	}
	await scheduleDeferred(app);
	return total;
}

async function tell(app: App, transport: MailTransport, row: Row, patience: Patience): Promise<void> {
	const sender = await loadSender(app.pool);
	const mail = noticeMail(app.publicUrl, sender.name, {
		id: row.id,
		journey: row.journey,
		step: row.step,
		isMember: row.is_member
	});
	const { outcome, reason } = await transport.send({
		...mail,
		messageId: null,
		to: { name: row.name, address: row.recipient },
		fromName: sender.name,
		security: 'auto'
	});
	const done = settle(outcome, reason ?? null, row.attempts, app.clock.now());
	await keepTrying(app, patience, async () => {
		await app.pool.query(
			`update notices set state = $3, reason = $4, not_before = $5, lease_until = null, decided_at = $6
			 where id = $1 and attempts = $2 and state = 'sending'`,
			[row.id, row.attempts, done.state, done.reason, done.notBefore, done.decidedAt]
		);
	});
}

function settle(outcome: HandOver['outcome'], reason: string | null, attempts: number, now: number) {
	const minutes = outcome === 'deferred' ? RETRY_MINUTES[attempts - 1] : undefined;
	if (minutes !== undefined)
		return { state: 'queued', reason: null, notBefore: new Date(now + minutes * 60_000), decidedAt: null };
	const state = outcome === 'sent' || outcome === 'unknown' ? 'sent' : 'failed';
	const why = outcome === 'deferred' ? 'deferred-too-long' : outcome === 'unknown' ? 'no-answer' : reason;
	return { state, reason: why, notBefore: null, decidedAt: new Date(now) };
}

async function scheduleDeferred(app: App): Promise<void> {
	const { rows } = await app.pool.query<{ next: Date | null }>(
		`select min(not_before) as next from notices where state = 'queued' and not_before > $1`,
		[new Date(app.clock.now())]
	);
	const next = rows[0]?.next;
	if (next) await enqueueSend(app.pool, next.getTime());
}
