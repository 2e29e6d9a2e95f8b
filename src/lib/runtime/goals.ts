/** Goals reached, credited to the last message before them (§5.4). */
import type { Tx } from '$lib/server/db/db.ts';
import type { CountSheet } from './counts.ts';

export interface ReachedGoal {
	enrollmentId: number;
	/** The journey's zone, which its days are counted in. */
	zone: string;
	/** When what reached the goal occurred, in ms since 1970. */
	at: number;
}

/** Counts each goal at the step, and on the day, of the last message handed over before it; without one, nowhere. */
export async function creditGoals(tx: Tx, goals: ReachedGoal[], sheet: CountSheet): Promise<void> {
	if (!goals.length) return;
	const { rows } = await tx.query<{ zone: string; version_id: number; step: string; visit_at: Date }>(
		`select distinct on (g.id) g.zone, m.version_id, m.step, m.visit_at
		 from unnest($1::bigint[], $2::text[], $3::timestamptz[]) as g (id, zone, at)
		 join message_keys k on k.enrollment_id = g.id
		 join messages m on m.id = k.message_id and m.state = 'sent' and m.decided_at <= g.at
		 order by g.id, m.decided_at desc, m.id desc`,
		[
			goals.map((goal) => goal.enrollmentId),
			goals.map((goal) => goal.zone),
			goals.map((goal) => new Date(goal.at))
		]
	);
	for (const row of rows) sheet.add(row.version_id, row.zone, row.visit_at.getTime(), row.step, 'converted');
}
