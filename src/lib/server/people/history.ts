/** What happened to a person that is sealed: events and what decisions read, as far as it is seen. */
import type { Read } from '$lib/journey/index.ts';
import type { Store } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { Db } from '../db/db.ts';
import { Covered } from './covered.ts';
import { openProperties, openReads } from './payloads.ts';
import type { Reader } from './person.ts';
import { loadAttributes } from './registry.ts';
import type { Sight } from './sight.ts';

const EVENTS_SHOWN = 100;

export interface EventRow {
	id: number;
	name: string;
	occurredAt: Date;
	/** Whether something about the person came with it; what Stepwell tells itself is in the timeline. */
	hasDetails: boolean;
}

/** The person's newest events, at most 100. Nothing of them is opened. */
export async function listEvents(db: Db, contactId: number): Promise<EventRow[]> {
	const { rows } = await db.query<EventRow>(
		`select id, name, occurred_at as "occurredAt", sealed is not null as "hasDetails"
		from events where contact_id = $1 order by occurred_at desc, id desc limit $2`,
		[contactId, EVENTS_SHOWN]
	);
	return rows;
}

/** What one event of the person came with. Throws ApiError `not-found`. */
export async function getProperties(
	{ pool, vault }: Reader,
	contactId: number,
	eventId: number
): Promise<Covered<Record<string, unknown>>> {
	const { rows } = await pool.query<Parameters<typeof openProperties>[1]>(
		'select id, contact_id, properties, sealed from events where contact_id = $1 and id = $2',
		[contactId, eventId]
	);
	const [row] = rows;
	if (!row) throw new ApiError('not-found', 'There is no such event.');
	return new Covered(openProperties(await vault.keysToOpen([contactId]), row));
}

export interface PathRow {
	enrollmentId: number;
	versionId: number;
	at: Date;
	firstAt: Date;
	continues: boolean;
	steps: string[];
	outcomes: (string | null)[];
	reasons: (string | null)[] | null;
	/** As far as they are seen. */
	reads: (Read[] | null)[] | null;
}

/** What each wake of the enrollments passed, in order. */
export async function listPaths(
	{ pool, vault }: Store,
	sight: Sight,
	enrollmentIds: readonly number[]
): Promise<PathRow[]> {
	const { rows } = await pool.query<PathRow & Parameters<typeof openReads>[1]>(
		`select enrollment_id as "enrollmentId", version_id as "versionId", at, first_at as "firstAt", continues, steps, outcomes, reasons, reads,
			enrollment_id, seq, contact_id, reads_sealed
		from step_paths where enrollment_id = any($1::bigint[]) order by enrollment_id, seq`,
		[enrollmentIds]
	);
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	const registry = await loadAttributes(pool);
	return rows.map(
		({ enrollmentId, versionId, at, firstAt, continues, steps, outcomes, reasons, ...row }) => ({
			enrollmentId,
			versionId,
			at,
			firstAt,
			continues,
			steps,
			outcomes,
			reasons,
			reads: sight.reads(new Covered(openReads(keys, row)), registry)
		})
	);
}
