/**
 * The breaker (§5.7): asked for the messages of every claim before they are handed over, and for all journeys each minute and
 * whenever somebody complained, bounced or unsubscribed. It pauses a journey; it never lets one go on.
 */
import type { App } from '$lib/server/app.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { overBounds, type Promised } from './breaker-bounds.ts';
import { loadBreakerLimits } from './breaker-limits.ts';
import { judge, measure, withoutChosen } from './breaker-measures.ts';
import { tripBreaker, type Verdict } from './breaker-trip.ts';

/** What the breaker is asked about: a message with the journey that it is sent for. */
export interface Asked extends Promised {
	journeyId: number;
	contactId: number;
}

/**
 * Why the journeys of these messages must stop, one verdict a journey; none in most cases. Their messages must stay queued.
 * The caller ends its transaction before it trips the breaker: it holds messages, and whoever changes a journey locks it first.
 */
export async function askBreaker(tx: Tx, messages: readonly Asked[], now: number): Promise<Verdict[]> {
	if (!messages.length) return [];
	const over = await overBounds(tx, messages);
	const limits = await loadBreakerLimits(tx);
	const counting = Map.groupBy(await withoutChosen(tx, messages), (message) => message.journeyId);
	const verdicts: Verdict[] = [];
	for (const [journeyId, group] of Map.groupBy(messages, (message) => message.journeyId)) {
		const measures = await measure(tx, journeyId, now);
		const passing = group.find((message) => over.has(message.id));
		const trip =
			(passing && over.get(passing.id)) ?? judge(measures, limits, counting.get(journeyId)?.length);
		if (trip) verdicts.push({ journeyId, period: measures.period, trip, messageId: passing?.id ?? null });
	}
	return verdicts;
}

/** Looks at every live journey. What came back from mail may stop one that sends nothing now. */
export async function watchJourneys(app: App): Promise<void> {
	const now = app.clock.now();
	const limits = await loadBreakerLimits(app.pool);
	const { rows } = await app.pool.query<{ id: number }>(
		`select id from journeys where state = 'live' order by id`
	);
	for (const { id } of rows) {
		const measures = await measure(app.pool, id, now);
		const trip = judge(measures, limits);
		if (trip) await tripBreaker(app, { journeyId: id, period: measures.period, trip, messageId: null });
	}
}
