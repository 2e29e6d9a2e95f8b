/** Enrollments with their visits, out of the paths that each wake left. */
import type { TraceEnrollment } from '$lib/journey/rehearse/trace.ts';
import type { Db } from '$lib/server/db/db.ts';
import type { IdOf, Placed } from './placed.ts';

type Visit = TraceEnrollment['visits'][number];

export async function readEnrollments(db: Db, idOf: IdOf): Promise<Placed<TraceEnrollment>[]> {
	const { rows } = await db.query<{
		id: number;
		journey: string;
		contact_id: number;
		state: string;
		reason: string | null;
		entered_at: Date;
	}>(
		`select e.id, j.slug as journey, e.contact_id, e.state, e.reason, e.entered_at
		 from enrollments e join journeys j on j.id = e.journey_id`
	);
	const visits = await readVisits(db);
	return rows.map(({ id, journey, contact_id, state, reason, entered_at }) => ({
		at: entered_at.getTime(),
		order: id,
		printed: { journey, contact: idOf(contact_id), state, reason, visits: visits.get(id) ?? [] }
	}));
}

interface PathRow {
	enrollment_id: number;
	at: Date;
	continues: boolean;
	steps: string[];
	outcomes: (string | null)[];
	reasons: (string | null)[] | null;
}

async function readVisits(db: Db): Promise<Map<number, Visit[]>> {
	const { rows } = await db.query<PathRow>(
		'select enrollment_id, at, continues, steps, outcomes, reasons from step_paths order by enrollment_id, seq'
	);
	const byEnrollment = Map.groupBy(rows, (row) => row.enrollment_id);
	return new Map([...byEnrollment].map(([id, paths]) => [id, paths.reduce<Visit[]>(withPath, [])]));
}

/** The first step of a path that continues is the last one of the path before, now left. */
function withPath(before: Visit[], { at, continues, steps, outcomes, reasons }: PathRow): Visit[] {
	const visits = steps.map((step, index) => ({
		step,
		at: at.toISOString(),
		outcome: outcomes[index] ?? null,
		reason: reasons?.[index] ?? null
	}));
	const last = before.at(-1);
	const [first, ...rest] = visits;
	if (!continues || !last || !first) return [...before, ...visits];
	return [...before.slice(0, -1), { ...first, at: last.at }, ...rest];
}
