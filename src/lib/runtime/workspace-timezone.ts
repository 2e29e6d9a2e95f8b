/** The workspace's zone: for contacts and journeys that have none. */
import type { Db } from '$lib/server/db/db.ts';

export async function loadWorkspaceTimezone(db: Db): Promise<string> {
	const { rows } = await db.query<{ zone: string | null }>(
		`select value->>'timezone' as zone from settings where key = 'workspace'`
	);
	return rows[0]?.zone ?? 'UTC';
}
