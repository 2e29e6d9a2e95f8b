/** What the workspace says for contacts and journeys that say nothing of their own. */
import type { World } from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';

export type WorkspaceFacts = Pick<World, 'workspaceTimezone' | 'frequencyCap'>;

interface Row {
	timezone: string | null;
	cap: World['frequencyCap'] | null;
}

/** The workspace's zone, and its cap on marketing messages where there is one. */
export async function loadWorkspaceFacts(db: Db): Promise<WorkspaceFacts> {
	const { rows } = await db.query<Row>(
		`select value->>'timezone' as timezone, value->'frequencyCap' as cap from settings where key = 'workspace'`
	);
	const { timezone, cap } = rows[0] ?? { timezone: null, cap: null };
	return { workspaceTimezone: timezone ?? 'UTC', ...(cap ? { frequencyCap: cap } : {}) };
}
