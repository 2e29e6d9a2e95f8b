/** A journey paused admits nobody and moves nobody; what came meanwhile counts when it resumes. One archived is over. */
import {
	enqueueAdmit,
	enqueueCall,
	enqueuePlanEntries,
	enqueuePump,
	enqueueRoute,
	enqueueSend
} from '$lib/runtime/door.ts';
import { findTrip, letGoOn } from '$lib/runtime/breaker-trip.ts';
import { cancelJourney } from '$lib/runtime/cancel.ts';
import { deferAnew } from '$lib/runtime/deferred.ts';
import { givePlacesAnew } from '$lib/runtime/places.ts';
import { loadLiveJourneys, loadPlans, type VersionPlan } from '$lib/runtime/plans.ts';
import { followWatching } from '$lib/runtime/segments.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { whatTripped } from '../../text/breaker.ts';

/**
 * Pauses a live journey; one that is paused stays so. `entry` is who does it, for the audit log. Throws ApiError `not-found`,
 * or `conflict` when it is not live.
 */
export async function pauseJourney(app: App, slug: string, entry?: MakeEntry): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		await change(tx, slug, 'live', 'paused');
		if (entry) audit(entry({ action: 'journey.pause', subject: { kind: 'journey', ids: [slug] } }));
	});
}

/**
 * Lets a paused journey go on, with what is overdue first. `entry` as above. One that the breaker paused goes on only where
 * `despite` names the reason. Throws ApiError `not-found`, or `conflict` when it is not paused or the reason is not named.
 */
export async function resumeJourney(
	app: App,
	slug: string,
	entry?: MakeEntry,
	despite?: string
): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const before = await lockJourney(tx, slug);
		const overridden = await requireReason(tx, before.id, despite);
		if (before.state === 'paused') await letGoOn(tx, before.id, app.clock.now());
		const journeyId = await change(tx, slug, 'paused', 'live');
		await goOn(tx, app, journeyId);
		const subject = { kind: 'journey', ids: [slug] };
		if (entry) audit(entry({ action: 'journey.resume', subject, reason: overridden }));
	});
}

/** Sets going what a pause held, in the transaction that makes the journey live again. */
export async function goOn(tx: Tx, app: App, journeyId: number): Promise<void> {
	await givePlacesAnew(tx, journeyId, await versionsOf(tx, app, journeyId), app.clock.now());
	const journey = (await loadLiveJourneys(tx, app.pool)).find((each) => each.journeyId === journeyId);
	if (journey) await deferAnew(tx, journey, app.clock.now());
	await enqueuePlanEntries(tx, journeyId);
	await enqueueAdmit(tx);
	await enqueueRoute(tx);
	await enqueuePump(tx);
	await enqueueSend(tx);
	await enqueueCall(tx);
}

/** The reason that the breaker holds a journey for, which the one who resumes it must know; null where it does not. */
async function requireReason(tx: Tx, journeyId: number, despite?: string): Promise<string | null> {
	const trip = await findTrip(tx, journeyId);
	if (!trip || trip.reason === despite) return trip?.reason ?? null;
	throw new ApiError(
		'conflict',
		`The breaker paused this journey: ${whatTripped(trip)}. To resume it all the same, say so with despite: "${trip.reason}".`
	);
}

/** The versions that people of a journey still go through. */
async function versionsOf(tx: Tx, app: App, journeyId: number): Promise<Map<number, VersionPlan>> {
	const { rows } = await tx.query<{ id: number }>(
		`select distinct version_id as id from enrollments where journey_id = $1 and ended_at is null and due_at is not null`,
		[journeyId]
	);
	return loadPlans(
		tx,
		app.pool,
		rows.map((row) => row.id)
	);
}

/**
 * Ends a journey for good: nobody enters any more, and those inside leave it as `cancelled`, with what was made for them unsent.
 * Its numbers stay, and it can be published anew. Gives how many left. Throws ApiError `not-found`, or `conflict` for a draft.
 */
export async function archiveJourney(app: App, slug: string, entry?: MakeEntry): Promise<number> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const journey = await lockJourney(tx, slug);
		if (journey.state === 'draft')
			throw new ApiError('conflict', 'This journey was never published, so there is nothing to archive.');
		if (journey.state === 'archived') return 0;
		// What the breaker held is over too; published anew, the journey is none that it paused.
		await tx.query(`update journeys set state = 'archived', paused_by = null where id = $1`, [journey.id]);
		await followWatching(tx);
		const cancelled = await cancelJourney(tx, journey.id, new Date(app.clock.now()));
		const subject = { kind: 'journey', ids: [slug] };
		if (entry) audit(entry({ action: 'journey.archive', subject, details: { cancelled } }));
		return cancelled;
	});
}

// Not `for update`: a batch that gives a place refers to the journey, while we wait for the people it works on.
async function lockJourney(tx: Tx, slug: string): Promise<{ id: number; state: string }> {
	const found = await tx.query<{ id: number; state: string }>(
		'select id, state from journeys where slug = $1 for no key update',
		[slug]
	);
	if (!found.rows[0]) throw new ApiError('not-found', 'There is no such journey.');
	return found.rows[0];
}

async function change(tx: Tx, slug: string, from: 'live' | 'paused', to: 'live' | 'paused'): Promise<number> {
	const journey = await lockJourney(tx, slug);
	if (journey.state !== from && journey.state !== to)
		throw new ApiError('conflict', `This journey is not ${from}, so it can't be changed to ${to}.`);
	await tx.query('update journeys set state = $2 where id = $1', [journey.id, to]);
	return journey.id;
}
