/** The report's numbers, gathered in memory during a batch and upserted in its transaction. */
import type { Db } from '$lib/server/db/db.ts';
import { dayIn, slotOf } from './day.ts';

// A step's counts by measure.
type Counts = Map<string, number>;

interface Page {
	versionId: number;
	day: string;
	steps: Map<string, Counts>;
}

export class CountSheet {
	private readonly pages = new Map<string, Page>();
	// Thousands of visits in a row belong to one day of one version.
	private last: { page: Page; versionId: number; zone: string; slot: number } | null = null;

	/** Adds `by` to a measure of `step`, on the day of `visitAt` (ms since 1970) in the journey's `zone`. */
	add(versionId: number, zone: string, visitAt: number, step: string, measure: string, by = 1): void {
		const { steps } = this.pageOf(versionId, zone, visitAt);
		let counts = steps.get(step);
		if (!counts) steps.set(step, (counts = new Map()));
		counts.set(measure, (counts.get(measure) ?? 0) + by);
	}

	private pageOf(versionId: number, zone: string, at: number): Page {
		const slot = slotOf(at);
		const { last } = this;
		if (last?.slot === slot && last.versionId === versionId && last.zone === zone) return last.page;
		const day = dayIn(zone, at);
		const key = `${versionId}\t${day}`;
		let page = this.pages.get(key);
		if (!page) this.pages.set(key, (page = { versionId, day, steps: new Map() }));
		this.last = { page, versionId, zone, slot };
		return page;
	}

	/** Columns for `unnest`, in key order: writers that share a shard then wait for each other instead of deadlocking. */
	columns(): [number[], string[], string[], string[], number[]] {
		const rows = [...this.pages].flatMap(([key, { versionId, day, steps }]) =>
			[...steps].flatMap(([step, counts]) =>
				[...counts].map(([measure, count]) => ({
					key: `${key}\t${step}\t${measure}`,
					versionId,
					day,
					step,
					measure,
					count
				}))
			)
		);
		const sorted = rows.sort((a, b) => (a.key < b.key ? -1 : 1));
		return [
			sorted.map((row) => row.versionId),
			sorted.map((row) => row.day),
			sorted.map((row) => row.step),
			sorted.map((row) => row.measure),
			sorted.map((row) => row.count)
		];
	}

	get isEmpty(): boolean {
		return this.pages.size === 0;
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
