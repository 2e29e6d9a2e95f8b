/** The message that an event of a scenario is about. */
import type { Db } from '$lib/server/db/db.ts';

export interface SentMessage {
	id: number;
	versionId: number;
	journey: string;
	step: string;
	/** Ms since 1970, of the visit that made it. */
	visitAt: number;
	/** Of the journey. */
	zone: string;
}

/** An event that names a step belongs to the latest message of it that was sent (§4). */
export async function findSent(
	db: Db,
	contactId: number,
	step: string | undefined,
	journey: string | undefined
): Promise<SentMessage | undefined> {
	if (step === undefined) return undefined;
	const { rows } = await db.query<{
		id: number;
		version_id: number;
		slug: string;
		visit_at: Date;
		zone: string | null;
	}>(
		`select m.id, m.version_id, j.slug, m.visit_at, coalesce(v.plan->'settings'->>'timezone',
			(select value->>'timezone' from settings where key = 'workspace')) as zone
		 from messages m join journey_versions v on v.id = m.version_id join journeys j on j.id = v.journey_id
		 where m.contact_id = $1 and m.step = $2 and m.state = 'sent' and ($3::text is null or j.slug = $3)
		 order by m.id desc limit 1`,
		[contactId, step, journey ?? null]
	);
	const row = rows[0];
	return (
		row && {
			id: row.id,
			versionId: row.version_id,
			journey: row.slug,
			step,
			visitAt: row.visit_at.getTime(),
			zone: row.zone ?? 'UTC'
		}
	);
}
