/** The report's numbers, gathered in memory during a batch and upserted in its transaction. */
import type { Db } from '$lib/server/db/db.ts';
import { dayIn } from './day.ts';

export class CountSheet {
	private readonly rows = new Map<
		string,
		{ versionId: number; day: string; step: string; measure: string; count: number }
	>();

	/** Adds `by` to a measure of `step`, on the day of `visitAt` (ms since 1970) in the journey's `zone`. */
	add(versionId: number, zone: string, visitAt: number, step: string, measure: string, by = 1): void {
		const day = dayIn(zone, visitAt);
		const key = `${versionId}\t${day}\t${step}\t${measure}`;
		const row = this.rows.get(key);
		if (row) row.count += by;
		else this.rows.set(key, { versionId, day, step, measure, count: by });
	}

	/** Columns for `unnest`, in key order: writers that share a shard then wait for each other instead of deadlocking. */
	columns(): [number[], string[], string[], string[], number[]] {
		const sorted = [...this.rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
		return [
			sorted.map((row) => row.versionId),
			sorted.map((row) => row.day),
			sorted.map((row) => row.step),
			sorted.map((row) => row.measure),
			sorted.map((row) => row.count)
		];
	}

	get isEmpty(): boolean {
		return this.rows.size === 0;
	}
}

/** The shards keep writers apart: batches take theirs by lane, the others have one each. */
export const shards = { router: 100, sender: 101, tracking: 102, planner: 103 } as const;

const LANES_A_SLOT = 16;

/** The shard of a lane in the process at `slot`: no two of a database add to the same rows. Slot 0 has those below 16. */
export function shardOfLane(slot: number, lane: number): number {
	return slot === 0 ? lane : 1000 + LANES_A_SLOT * Math.min(slot, MOST_SLOTS) + lane;
}

/** The shard of the sender in the process at `slot`. */
export function shardOfSender(slot: number): number {
	return slot === 0 ? shards.sender : 20_000 + Math.min(slot, MOST_SLOTS);
}

// More share the last one's: their counts are right all the same, they only wait for each other. A shard is a smallint.
const MOST_SLOTS = 1000;

export const UPSERT_COUNTS = `insert into step_counts (version_id, day, step, measure, shard, count)
	select version_id, day, step, measure, $1, count
	from unnest($2::int[], $3::date[], $4::text[], $5::text[], $6::bigint[]) as c (version_id, day, step, measure, count)
	on conflict (version_id, day, step, measure, shard) do update set count = step_counts.count + excluded.count`;

export async function writeCounts(db: Db, sheet: CountSheet, shard: number): Promise<void> {
	if (sheet.isEmpty) return;
	await db.query(UPSERT_COUNTS, [shard, ...sheet.columns()]);
}
