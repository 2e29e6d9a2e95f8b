/** Writes what became of messages: their state, the attempt, the counts, and the enrollments that waited for it. */
import type { App } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { noteSent } from './breaker-measures.ts';
import { CountSheet, shardOfSender, writeCounts } from './counts.ts';
import { enqueuePump } from './door.ts';
import { admit } from './entry.ts';
import { lockContacts, type LockedContact } from './inside.ts';
import { doorsFor } from './membership.ts';
import { insertPlanned, wakeAtNext } from './planned.ts';
import { loadKnownJourneys } from './plans.ts';
import { addDuration } from '$lib/journey/index.ts';
import { askAfterMessages, openForMessages, type ForMessages } from './segment-effects.ts';
import type { Outgoing } from './send-claim.ts';

export interface Result {
	outgoing: Outgoing;
	outcome: 'sent' | 'deferred' | 'failed' | 'unknown';
	reason: string | null;
	/** Reply codes of the server, without anything about the person. */
	response: string;
	/** False: nobody was asked yet, so that it may go at once by whoever is free. */
	isBegun?: boolean;
}

type Identity = Omit<Outgoing, 'mail' | 'text'>;

// A full mailbox or a greylist clears within hours; after a day it is a failure (RFC 5321, 4.5.4.1 says four to five days,
// but a reminder that comes after four days helps nobody).
const RETRY_MINUTES = [1, 5, 15, 60, 120, 240, 480, 480];

/**
 * Records a batch of hand-overs in one transaction. Done again it changes nothing, and what was settled otherwise meanwhile
 * stays so.
 */
export async function recordHandOvers(app: App, results: Result[]): Promise<void> {
	const now = app.clock.now();
	await inTransaction(app.pool, async (tx) => {
		const open = await findOpen(tx, results);
		if (!open.length) return;
		const settled = open.map((result) => ({ ...result, ...settle(result, now) }));
		const forSegments = await openForMessages(tx, app);
		const sentTo = settled.filter(({ state }) => state === 'sent').map(({ outgoing }) => outgoing);
		const mailed = sentTo.filter(({ text }) => !text);
		// Contacts before enrollments before messages, as everybody locks them.
		const contacts =
			forSegments &&
			(await lockContacts(
				tx,
				app.vault,
				sentTo.map(({ contactId }) => contactId)
			));
		const handed = settled.filter(({ state }) => state === 'sent' || state === 'failed');
		const woken = await wakeStays(
			tx,
			handed.map(({ outgoing, state, reason }) => ({
				enrollmentId: outgoing.enrollmentId,
				step: outgoing.step,
				arrival: outgoing.arrival,
				outcome: state === 'sent' ? 'next' : 'failed',
				reason
			})),
			now
		);
		await updateMessages(tx, settled, now);
		const sheet = new CountSheet();
		for (const { outgoing, state } of handed)
			count(sheet, outgoing, state === 'sent' ? ['sent', 'delivered'] : ['failed']);
		await planIgnored(tx, app, mailed, now);
		const admitted =
			forSegments && contacts ? await letIn(tx, app, forSegments, contacts, sentTo, sheet, now) : 0;
		await writeCounts(tx, sheet, shardOfSender(app.process?.slot ?? 0));
		await noteSent(
			tx,
			settled.filter(({ state }) => state === 'sent' || state === 'unknown').map(({ outgoing }) => outgoing),
			now
		);
		if (woken || admitted) await enqueuePump(tx);
	});
}

// The lock comes at the end, as everybody takes it: `updateMessages` says when somebody came in between.
async function findOpen(tx: Tx, results: Result[]): Promise<Result[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select m.id from unnest($1::bigint[], $2::int[]) as u (id, attempt) join messages m on m.id = u.id
		 where m.state = 'sending' and m.attempts = u.attempt`,
		[results.map(({ outgoing }) => outgoing.id), results.map(({ outgoing }) => outgoing.attempt)]
	);
	const open = new Set(rows.map(({ id }) => id));
	return results.filter(({ outgoing }) => open.has(outgoing.id));
}

/** Lets in whom a sent message took over a watched segment's border. */
async function letIn(
	tx: Tx,
	app: App,
	forSegments: ForMessages,
	contacts: Map<number, LockedContact | null>,
	sent: Identity[],
	sheet: CountSheet,
	now: number
): Promise<number> {
	const crossed = await askAfterMessages(tx, app, forSegments, contacts, now);
	const lineages = await lineagesOf(tx, sent);
	const last = new Map(sent.map((message) => [message.contactId, message]));
	const comers = [...crossed].flatMap(([contactId, crossings]) => {
		const message = last.get(contactId);
		return doorsFor(forSegments.live, crossings).map(({ journey, trigger }) => ({
			version: journey,
			trigger,
			contactId,
			zone: contacts.get(contactId)?.fact.timezone ?? journey.zone,
			at: now,
			cause: `message:${message?.id ?? 0}`,
			key: null,
			payload: {},
			eventId: null,
			lineage: lineages.get(message?.enrollmentId ?? 0) ?? []
		}));
	});
	return (await admit(tx, app.vault, comers, sheet)).admitted;
}

function settle(
	result: Result,
	now: number
): { state: 'sent' | 'queued' | 'failed' | 'unknown'; reason: string | null; notBefore: Date | null } {
	if (result.outcome !== 'deferred') return { state: result.outcome, reason: result.reason, notBefore: null };
	if (result.isBegun === false) return { state: 'queued', reason: null, notBefore: null };
	const minutes = RETRY_MINUTES[result.outgoing.attempt - 1];
	if (minutes === undefined) return { state: 'failed', reason: 'deferred-too-long', notBefore: null };
	return { state: 'queued', reason: null, notBefore: new Date(now + minutes * 60_000) };
}

async function updateMessages(
	tx: Tx,
	settled: (Result & ReturnType<typeof settle>)[],
	now: number
): Promise<void> {
	const column = <T>(of: (each: (typeof settled)[number]) => T) => settled.map(of);
	const { rows } = await tx.query<{ done: number }>(
		`with done as (
			update messages m set state = u.state, reason = u.reason, not_before = u.not_before, lease_until = null,
				decided_at = case when u.state = 'queued' then null else $8::timestamptz end
			from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::int[]) as u (id, state, reason, not_before, attempt)
			where m.id = u.id and m.state = 'sending' and m.attempts = u.attempt returning 1
		), noted as (
			update message_attempts a set ended_at = $8, outcome = u.outcome, response = u.response
			from unnest($1::bigint[], $5::int[], $6::text[], $7::text[]) as u (id, attempt, outcome, response)
			where a.message_id = u.id and a.attempt = u.attempt
		)
		select count(*)::int as done from done`,
		[
			column(({ outgoing }) => outgoing.id),
			column(({ state }) => state),
			column(({ reason }) => reason),
			column(({ notBefore }) => notBefore),
			column(({ outgoing }) => outgoing.attempt),
			column(({ outcome }) => outcome),
			column(({ response }) => response),
			new Date(now)
		]
	);
	if (rows[0]?.done !== settled.length) throw new Error('Somebody settled a message at the same time.');
}

function count(sheet: CountSheet, message: Identity, measures: string[]): void {
	for (const measure of measures)
		sheet.add(message.versionId, message.zone, message.visitAt, message.step, measure);
}

/**
 * Blocks messages whose gate says no at hand-over, in the transaction that claimed them. One whose enrollment somebody
 * works on stays queued, and is looked at again: its message is locked already, so waiting here could be a deadlock.
 */
export async function blockMessages(
	tx: Tx,
	refused: (Identity & { reason: string })[],
	now: number,
	slot = 0
): Promise<void> {
	if (!refused.length) return;
	const { rows } = await tx.query<{ id: number }>(
		'select id from enrollments where id = any($1) for no key update skip locked',
		[refused.map((message) => message.enrollmentId)]
	);
	const free = new Set(rows.map((row) => row.id));
	const blocked = refused.filter((message) => free.has(message.enrollmentId));
	const woken = await wakeStays(
		tx,
		blocked.map(({ enrollmentId, step, arrival, reason }) => ({
			enrollmentId,
			step,
			arrival,
			outcome: 'blocked',
			reason
		})),
		now
	);
	await tx.query(
		`update messages m set state = 'blocked', reason = u.reason, decided_at = $3
		 from unnest($1::bigint[], $2::text[]) as u (id, reason) where m.id = u.id`,
		[blocked.map(({ id }) => id), blocked.map(({ reason }) => reason), new Date(now)]
	);
	const sheet = new CountSheet();
	for (const message of blocked) count(sheet, message, [`blocked:${message.reason}`]);
	await writeCounts(tx, sheet, shardOfSender(slot));
	if (woken) await enqueuePump(tx);
}

/** Takes back messages of people who left their journey before the hand-over: no hand-over, no count. */
export async function withdrawMessages(tx: Tx, ids: number[], now: number): Promise<void> {
	if (!ids.length) return;
	await tx.query(`update messages set state = 'withdrawn', decided_at = $2 where id = any($1)`, [
		ids,
		new Date(now)
	]);
}

interface Stay {
	enrollmentId: number;
	step: string;
	/** Of the visit that made the message: a version may have led to the step again since. */
	arrival: number;
	outcome: string;
	reason: string | null;
}

/** Wakes those who stay for a hand-over. Only steps with an edge of their own on `failed` or `blocked` do; for the others no row matches. */
export async function wakeStays(tx: Tx, stays: Stay[], now: number): Promise<boolean> {
	const { rowCount } = await tx.query(
		`update enrollments e set due_at = $3, wake = u.wake
		 from unnest($1::bigint[], $2::text[], $4::jsonb[], $5::int[]) as u (id, step, wake, arrival)
		 where e.id = u.id and e.step = u.step and visits_of(e.visited, e.step) = u.arrival and e.state = 'waiting' and e.waiting_for = 'handover'`,
		[
			stays.map((stay) => stay.enrollmentId),
			stays.map((stay) => stay.step),
			new Date(now),
			stays.map((stay) => JSON.stringify({ kind: 'handover', outcome: stay.outcome, reason: stay.reason })),
			stays.map((stay) => stay.arrival)
		]
	);
	return rowCount !== 0;
}

/** Plans the entries of journeys that begin with an ignored email: due that long after the delivery, at `now`. */
export async function planIgnored(tx: Tx, app: App, sent: Identity[], now: number): Promise<void> {
	if (!sent.length) return;
	// A paused one may be live again by then. What was handed over is written down even where a newer Stepwell's journey is live.
	const { live, paused } = await loadKnownJourneys(tx, app.pool);
	const slugByVersion = await slugsOf(tx, sent);
	const lineages = await lineagesOf(tx, sent);
	const planned = [...live, ...paused].flatMap((journey) =>
		journey.plan.triggers.flatMap((trigger) => {
			if (
				trigger.kind !== 'trigger.behavior' ||
				trigger.disabled ||
				trigger.config.event !== 'email.ignored' ||
				!trigger.config.for
			)
				return [];
			const { step, for: wait } = trigger.config;
			// A step without a journey is one of this journey, as in `matchesTrigger`.
			const fromJourney = trigger.config.journey ?? (step === undefined ? undefined : journey.slug);
			return sent
				.filter(
					(message) =>
						(!fromJourney || slugByVersion.get(message.versionId) === fromJourney) &&
						(!step || message.step === step)
				)
				.map((message) => ({
					journeyId: journey.journeyId,
					step: trigger.step,
					contactId: message.contactId,
					occurrence: `message:${message.id}`,
					at: addDuration(now, wait, message.timezone ?? journey.zone),
					lineage: lineages.get(message.enrollmentId) ?? []
				}));
		})
	);
	if (!planned.length) return;
	await insertPlanned(tx, planned);
	await wakeAtNext(tx, now);
}

async function lineagesOf(tx: Tx, sent: Identity[]): Promise<Map<number, string[]>> {
	const { rows } = await tx.query<{ id: number; lineage: string[] }>(
		'select id, lineage from enrollments where id = any($1)',
		[sent.map((message) => message.enrollmentId)]
	);
	return new Map(rows.map((row) => [row.id, row.lineage]));
}

async function slugsOf(tx: Tx, sent: Identity[]): Promise<Map<number, string>> {
	const { rows } = await tx.query<{ id: number; slug: string }>(
		`select v.id, j.slug from journey_versions v join journeys j on j.id = v.journey_id where v.id = any($1)`,
		[[...new Set(sent.map((message) => message.versionId))]]
	);
	return new Map(rows.map((row) => [row.id, row.slug]));
}
