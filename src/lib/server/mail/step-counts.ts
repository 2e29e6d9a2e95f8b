/** The numbers of a report that come after the visit: a message's opens, clicks and unsubscribes. */
import { Temporal } from 'temporal-polyfill';
import type { Tx } from '../db/db.ts';

export interface CountedMessage {
	versionId: number;
	step: string;
	/** Of the visit that made the message (ms): all that follows counts on its day. */
	visitAt: number;
	/** The journey's time zone (IANA). */
	zone: string;
}

/** The shard of `step_counts` that is this writer's alone; the runtime's batches have the others. */
const TRACKING_SHARD = 102;

export type MessageMeasure = 'opened' | 'clicked' | 'engaged' | 'machine' | 'unsubscribed';

/** Adds `changes` to the step's numbers; a change may be negative. */
export async function countMessage(
	tx: Tx,
	message: CountedMessage,
	changes: readonly (readonly [MessageMeasure, number])[]
): Promise<void> {
	const real = changes.filter(([, change]) => change !== 0);
	if (real.length === 0) return;
	// In one order, so that two writers can't wait for each other.
	await tx.query(
		`insert into step_counts (version_id, day, step, measure, shard, count)
		 select $1, $2, $3, measure, $6, change from unnest($4::text[], $5::bigint[]) as c (measure, change) order by measure
		 on conflict (version_id, day, step, measure, shard) do update set count = step_counts.count + excluded.count`,
		[
			message.versionId,
			dayOf(message.visitAt, message.zone),
			message.step,
			real.map(([measure]) => measure),
			real.map(([, change]) => change),
			TRACKING_SHARD
		]
	);
}

function dayOf(instant: number, zone: string): string {
	return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** SQL for the time zone of a version `v`'s journey: its own, else the workspace's, else UTC. */
export const ZONE_OF_VERSION = `coalesce(v.plan->'settings'->>'timezone',
	(select value->>'timezone' from settings where key = 'workspace'), 'UTC')`;
