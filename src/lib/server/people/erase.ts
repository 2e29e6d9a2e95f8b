/**
 * Deletes a person. Their key is destroyed, so what dead rows, logs of the database and copies of single tables still hold of
 * them can't be read; a whole backup from before holds the key too, and must age out. What was counted stays counted. What must
 * be kept is in `retained.ts`; the audit log keeps Stepwell's own number of them, and a suppression the mark of their address.
 */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import { cancelEnrollments } from '$lib/runtime/cancel.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { systemEntries } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { uncover } from './covered.ts';
import { isHeld } from './holds.ts';
import { getPerson } from './person.ts';
import { retain } from './retained.ts';
import type { Identity } from './sight.ts';

export interface Erasure {
	/** Events that were deleted. */
	events: number;
	/** Journeys that they were in and are no more. */
	cancelled: number;
	/** How long authorizations and disclosures are kept; null where there are none. */
	until: Date | null;
}

/**
 * Deletes those whose keys are destroyed and who are here all the same: a backup from before their deletion was restored. Call
 * it at start.
 */
export async function finishErasures(app: App): Promise<void> {
	const { rows } = await app.pool.query<{ id: number }>(
		'select c.id from contacts c join contact_keys k on k.contact_id = c.id where k.shredded_at is not null order by 1'
	);
	const entry = systemEntries('restore', app.clock);
	for (const { id } of rows)
		await erasePerson(app, { id, by: null }, ({ events, cancelled }) =>
			entry({
				action: 'contact.erase',
				subject: { kind: 'contact', ids: [String(id)] },
				details: { events, cancelled }
			})
		);
}

const DEADLOCK = '40P01';
const TRIES = 3;

/** Throws ApiError `person.held` while a legal hold is in place, and `not-found`. */
export async function erasePerson(
	app: App,
	{ id, by }: { id: number; by: number | null },
	entryFor: (erasure: Erasure) => AuditEntry
): Promise<Erasure> {
	for (let tries = 1; ; tries++)
		try {
			return await inAuditedTransaction(app.pool, async (tx, audit) => {
				const erasure = await erase(tx, app, id, by);
				audit(entryFor(erasure));
				return erasure;
			});
		} catch (error) {
			// Senders and batches take rows in orders of their own; whoever is stopped begins again.
			if (tries === TRIES || (error as { code?: unknown }).code !== DEADLOCK) throw error;
		}
}

async function erase(tx: Tx, { vault, clock }: App, id: number, by: number | null): Promise<Erasure> {
	const now = clock.now();
	// The person first, as the router does it: whoever admits them meanwhile is done before, or finds nobody.
	const identity = await lockIdentity(tx, vault, id);
	const enrollments = await lockEnrollments(tx, id);
	if (await isHeld(tx, id))
		throw new ApiError(
			'person.held',
			'There is a legal hold on this person. Nothing of theirs may be deleted until it is lifted.'
		);
	const cancelled = await cancelEnrollments(tx, enrollments, new Date(now));
	const events = await deleteEvents(tx, id);
	await clearHistory(tx, enrollments, new Date(now));
	await deleteRest(tx, id);
	const until = await retain(tx, vault, id, identity, now);
	await vault.shred(tx, [id]);
	await tx.query('delete from contacts where id = $1', [id]);
	await tx.query('insert into erasures (contact_id, erased_at, erased_by) values ($1, $2, $3)', [
		id,
		new Date(now),
		by
	]);
	return { events, cancelled, until };
}

async function lockEnrollments(tx: Tx, contactId: number): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select id from enrollments where id in (select enrollment_id from enrollment_keys where contact_id = $1)
		order by id for update`,
		[contactId]
	);
	return rows.map((row) => row.id);
}

// A person whose row can't be opened can still be deleted: what is kept of them then names nobody.
async function lockIdentity(
	tx: Tx,
	vault: App['vault'],
	id: number
): Promise<Pick<Identity, 'publicId' | 'name'>> {
	try {
		return uncover((await getPerson({ pool: tx, vault }, id, true)).facts);
	} catch (error) {
		if (error instanceof ApiError && error.problem.code === 'person.unreadable')
			return { publicId: '', name: null };
		throw error;
	}
}

async function deleteEvents(tx: Tx, contactId: number): Promise<number> {
	const { rows } = await tx.query<{ id: number }>('delete from events where contact_id = $1 returning id', [
		contactId
	]);
	const ids = rows.map((row) => row.id);
	await tx.query('delete from event_queue where event_id = any($1::bigint[])', [ids]);
	await tx.query('delete from event_keys where event_id = any($1::bigint[])', [ids]);
	return ids.length;
}

/** Rows that numbers lead to stay, without anything that was read, sent or answered in them. */
async function clearHistory(tx: Tx, enrollments: readonly number[], now: Date): Promise<void> {
	await tx.query(
		`update enrollments set trigger = '{}', trigger_sealed = null where id = any($1::bigint[])`,
		[enrollments]
	);
	await tx.query(
		`update step_paths set reads = null, reads_sealed = null
		where enrollment_id = any($1::bigint[]) and (reads is not null or reads_sealed is not null)`,
		[enrollments]
	);
	await tx.query(
		`update webhook_calls set request = null, answer = null,
			state = case when state in ('queued', 'sending') then 'withdrawn' else state end, decided_at = coalesce(decided_at, $2)
		where enrollment_id = any($1::bigint[])`,
		[enrollments, now]
	);
	await tx.query(
		`update notices set sealed = null, state = case when state in ('queued', 'sending') then 'withdrawn' else state end,
			decided_at = coalesce(decided_at, $2)
		where enrollment_id = any($1::bigint[])`,
		[enrollments, now]
	);
	await tx.query(
		`with theirs as (select message_id as id from message_keys where enrollment_id = any($1::bigint[])),
		withdrawn as (
			update messages m set state = 'withdrawn', decided_at = $2 from theirs where m.id = theirs.id and m.state = 'queued'
		)
		update message_attempts a set response = null from theirs where a.message_id = theirs.id`,
		[enrollments, now]
	);
}

async function deleteRest(tx: Tx, contactId: number): Promise<void> {
	for (const table of [
		'approvals',
		'event_waits',
		'failures',
		'held_events',
		'planned_entries',
		'deferred_entries',
		'set_aside',
		'segment_members',
		'caught_mails',
		'enrollment_keys',
		'attribute_lineages'
	])
		await tx.query(`delete from ${table} where contact_id = $1`, [contactId]);
	await tx.query('update restrictions set words_sealed = null where contact_id = $1', [contactId]);
}
