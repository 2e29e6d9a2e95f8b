/** Moves due enrollments until none is left, then sets the alarm for the next. */
import type pg from 'pg';
import { runBatch, type BatchResult } from './batch.ts';
import { enqueueAdmit, enqueueCall, enqueuePump, enqueueRoute, enqueueSend } from './door.ts';
import type { Engine } from '$lib/server/app.ts';
import { meterBatch } from '$lib/server/meters.ts';

// 1,000 is where the write of a batch stops getting cheaper; a slower database gets smaller ones, so that locks stay short.
const FIRST_LIMIT = 1000;
const LIMITS = { least: 500, most: 2000 };
const AIM_MS = 80;

export interface PumpResult {
	enrollments: number;
	steps: number;
	failed: number;
}

/**
 * Runs batches in one lane until a claim comes back empty. Lanes run beside each other; row locks spread the work. `onFull` is
 * called once, as soon as there is more than a batch: another lane finds work too.
 */
export async function pumpLane(
	{ pool, clock, vault }: Engine,
	shard: number,
	shouldStop: () => boolean = () => false,
	onFull: () => Promise<void> = async () => {}
): Promise<PumpResult> {
	const total: PumpResult = { enrollments: 0, steps: 0, failed: 0 };
	let limit = FIRST_LIMIT;
	let isShared = false;
	while (!shouldStop()) {
		const from = performance.now();
		const result = await runBatch({
			pool,
			vault,
			now: clock.now(),
			promptMs: clock.promptMs,
			limit,
			shard
		});
		if (result.isMore && !isShared) {
			isShared = true;
			await onFull();
		}
		meterBatch(performance.now() - from, result);
		add(total, result);
		if (result.messages) await enqueueSend(pool);
		if (result.calls) await enqueueCall(pool);
		// Nobody moved though somebody is due: others hold them, and the alarm comes back to them.
		if (!(result.isMore && result.claimed) && !result.admitted) break;
		limit = adapt(limit, performance.now() - from);
	}
	return total;
}

function add(total: PumpResult, result: BatchResult): void {
	total.enrollments += result.claimed;
	total.steps += result.steps;
	total.failed += result.failed;
}

function adapt(limit: number, took: number): number {
	if (took > 4 * AIM_MS) return Math.max(LIMITS.least, Math.floor(limit / 2));
	if (took < AIM_MS) return Math.min(LIMITS.most, Math.floor(limit * 1.25));
	return limit;
}

// A contact that was locked elsewhere is free again within a batch's time.
const RETRY_MS = 100;

// The overdue people of a paused journey wake nobody.
const NEXT_DUE = `select min(d.due_at) as next, exists (select 1 from event_queue) or exists (
		select 1 from held_events h join journeys j on j.id = h.journey_id where j.state = 'live'
	) as events, exists (select 1 from deferred_entries where not has_place and due_at is not null) as behind
	from journeys j cross join lateral (
		select min(due_at) as due_at from enrollments where journey_id = j.id and due_at is not null
	) d where j.state = 'live'`;

/** Schedules the next pump: soon again where due rows were locked by others, else at the least due time. Events and entries that waited for it go on. */
export async function setAlarm(pool: pg.Pool, now: number): Promise<void> {
	const { rows } = await pool.query<{ next: Date | null; events: boolean; behind: boolean }>(NEXT_DUE);
	const row = rows[0];
	if (row?.events) await enqueueRoute(pool);
	if (row?.behind) await enqueueAdmit(pool);
	if (row?.next) await enqueuePump(pool, Math.max(row.next.getTime(), now + RETRY_MS));
}
