/** Takes the next call for a try: claim and commit, so that nothing is locked while a stranger's server thinks. */
import { createHmac } from 'node:crypto';
import type { App } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { keyFor } from '$lib/server/mail/keys.ts';
import { openRequest, type SentRequest } from '$lib/server/people/outgoing.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';

/** After this a worker that did not record is taken for dead: a try takes ten seconds at most. */
export const LEASE_MS = 60_000;

export interface OutgoingCall {
	id: number;
	enrollmentId: number;
	contactId: number;
	versionId: number;
	step: string;
	/** Which visit of the step it is of. */
	arrival: number;
	/** 1 for the first try. */
	attempt: number;
	/** The same at every try. */
	key: string;
	/** Null where it can't be opened. */
	request: SentRequest | null;
}

interface Row {
	id: number;
	enrollment_id: number;
	contact_id: number;
	version_id: number;
	step: string;
	arrival: number;
	attempts: number;
	request: Buffer | null;
	stands: boolean;
}

// Whoever left the step meanwhile is not called for, though they may be back at it: a new version can lead there again. A call whose worker died is tried again: its key tells the other side.
const CLAIM = `select c.id, c.enrollment_id, c.contact_id, c.version_id, c.step, c.arrival, c.attempts, c.request,
	e.state = 'waiting' and e.waiting_for = 'webhook' and e.step = c.step and e.wake is null
		and c.arrival = visits_of(e.visited, c.step) as stands
	from webhook_calls c join enrollments e on e.id = c.enrollment_id join journeys j on j.id = e.journey_id
	where j.state = 'live' and c.state in ('queued', 'sending')
	and case c.state when 'queued' then c.not_before is null or c.not_before <= $1 else c.lease_until <= $1 end
	and (c.version_id, c.step) not in (select * from unnest($2::int[], $3::text[]))
	order by c.id limit 1
	for update of c skip locked`;

/** Steps that have as many calls under way as one may have. */
export type Busy = readonly { versionId: number; step: string }[];

/** The next call that is due, with its lease; null where there is none. */
export async function claimCall(app: App, busy: Busy): Promise<OutgoingCall | null> {
	const now = app.clock.now();
	for (;;) {
		const row = await inTransaction(app.pool, (tx) => claimRow(tx, now, busy));
		if (!row) return null;
		if (row.stands) return outgoing(app, row);
	}
}

async function claimRow(tx: Tx, now: number, busy: Busy): Promise<Row | undefined> {
	const { rows } = await tx.query<Row>(CLAIM, [
		new Date(now),
		busy.map(({ versionId }) => versionId),
		busy.map(({ step }) => step)
	]);
	const [row] = rows;
	if (!row) return undefined;
	if (row.stands)
		await tx.query(
			`update webhook_calls set state = 'sending', attempts = attempts + 1, lease_until = $2, not_before = null where id = $1`,
			[row.id, new Date(now + LEASE_MS)]
		);
	else
		await tx.query(
			`update webhook_calls set state = 'withdrawn', decided_at = $2, lease_until = null where id = $1`,
			[row.id, new Date(now)]
		);
	return row;
}

async function outgoing(app: App, row: Row): Promise<OutgoingCall> {
	const { id, contact_id, request } = row;
	const keys = await app.vault.keysToOpen([contact_id]);
	return {
		id,
		enrollmentId: row.enrollment_id,
		contactId: contact_id,
		versionId: row.version_id,
		step: row.step,
		arrival: row.arrival,
		attempt: row.attempts + 1,
		key: callKeyOf(app.secret, id),
		request: (request && unlessSealed(() => openRequest(keys, { id, contact_id, request }))) ?? null
	};
}

/** What the other side can tell a repetition by; nobody can count calls by it. */
export function callKeyOf(secret: Buffer, id: number): string {
	return createHmac('sha256', keyFor(secret, 'webhook-call')).update(String(id)).digest('hex').slice(0, 32);
}
