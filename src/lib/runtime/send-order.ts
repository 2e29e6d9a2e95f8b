/** Which queued messages are handed over first: treatment before operations before marketing, each version its share. */
import type { Db } from '$lib/server/db/db.ts';

/** The most urgent first. */
export const PURPOSES = ['treatment', 'operations', 'marketing'] as const;

// From version to version by the index alone: a million messages of a paused journey cost one look.
const QUEUED = `m.state = 'queued' and m.purpose = $1`;
const VERSIONS = `with recursive found as (
	(select m.version_id, m.id from messages m where ${QUEUED} order by m.version_id, m.id limit 1)
	union all
	select next.version_id, next.id from found f cross join lateral (
		select m.version_id, m.id from messages m where ${QUEUED} and m.version_id > f.version_id order by m.version_id, m.id limit 1
	) next
)
select f.version_id from found f join journey_versions v on v.id = f.version_id join journeys j on j.id = v.journey_id
where j.state = 'live' order by f.id limit $2`;

/** Versions of live journeys that have messages of a purpose queued, the one with the oldest first. */
export async function queuedVersions(
	db: Db,
	purpose: (typeof PURPOSES)[number],
	limit: number
): Promise<number[]> {
	const { rows } = await db.query<{ version_id: number }>(VERSIONS, [purpose, limit]);
	return rows.map((row) => row.version_id);
}
