/** Keeps how enrollments stood before they failed, so that they can be tried again (`retry.ts`). */
import type { Tx } from '$lib/server/db/db.ts';
import type { Claimed } from './claim.ts';

/** What `was` holds: the columns of an enrollment that failing changes. */
export interface Standing {
	state: 'active' | 'waiting';
	waitingFor: Claimed['waitingFor'];
	wake: Claimed['wake'] | null;
	seq: number;
	visitCount: number;
	arrivals: Record<string, number>;
	lastEventId: number | null;
}

/** Writes down those that failed at `at` (ms since 1970), where they were claimed. */
export async function writeFailures(
	tx: Tx,
	failed: readonly { claimed: Claimed; at: number }[]
): Promise<void> {
	if (!failed.length) return;
	await tx.query(
		`insert into failures (enrollment_id, contact_id, failed_at, was)
		 select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::jsonb[])
		 on conflict (enrollment_id) do update set failed_at = excluded.failed_at, was = excluded.was`,
		[
			failed.map(({ claimed }) => claimed.id),
			failed.map(({ claimed }) => claimed.contactId),
			failed.map(({ at }) => new Date(at)),
			failed.map(({ claimed }) => JSON.stringify(standingOf(claimed)))
		]
	);
}

function standingOf({ state, waitingFor, storedWake, seq, lastEventId }: Claimed): Standing {
	return {
		state: state.standing ? 'waiting' : 'active',
		waitingFor,
		wake: storedWake,
		seq,
		visitCount: state.visitCount,
		arrivals: state.arrivals,
		lastEventId: lastEventId || null
	};
}
