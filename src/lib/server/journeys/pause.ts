/** A journey paused admits nobody and moves nobody; what came meanwhile counts when it resumes. */
import {
	enqueueAdmit,
	enqueuePlanEntries,
	enqueuePump,
	enqueueRoute,
	enqueueSend
} from '$lib/runtime/door.ts';
import { ApiError } from '../api/errors.ts';
import { inTransaction, type Tx } from '../db/db.ts';
import type { App } from '../app.ts';

/** Pauses a live journey; one that is paused stays so. Throws ApiError `not-found`, or `conflict` when it is not live. */
export async function pauseJourney(app: App, slug: string): Promise<void> {
	await inTransaction(app.pool, (tx) => change(tx, slug, 'live', 'paused'));
}

/** Lets a paused journey go on, with what is overdue first. Throws ApiError `not-found`, or `conflict` when it is not paused. */
export async function resumeJourney(app: App, slug: string): Promise<void> {
	await inTransaction(app.pool, async (tx) => {
		const journeyId = await change(tx, slug, 'paused', 'live');
		await enqueuePlanEntries(tx, journeyId);
		await enqueueAdmit(tx);
		await enqueueRoute(tx);
		await enqueuePump(tx);
		await enqueueSend(tx);
	});
}

async function change(tx: Tx, slug: string, from: 'live' | 'paused', to: 'live' | 'paused'): Promise<number> {
	const found = await tx.query<{ id: number; state: string }>(
		'select id, state from journeys where slug = $1 for update',
		[slug]
	);
	const journey = found.rows[0];
	if (!journey) throw new ApiError('not-found', 'There is no such journey.');
	if (journey.state !== from && journey.state !== to)
		throw new ApiError('conflict', `This journey is not ${from}, so it can't be changed to ${to}.`);
	await tx.query('update journeys set state = $2 where id = $1', [journey.id, to]);
	return journey.id;
}
