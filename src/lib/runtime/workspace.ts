/** What the workspace says for contacts and journeys that say nothing of their own. */
import type { World } from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';

export type WorkspaceFacts = Pick<World, 'workspaceTimezone' | 'frequencyCap' | 'baa'>;

interface Row {
	timezone: string | null;
	cap: World['frequencyCap'] | null;
	/** False: no agreement covers the mail transport. */
	baa: boolean | null;
}

/** The workspace's zone, its cap on marketing messages where there is one, and whether an agreement covers its transport. */
export async function loadWorkspaceFacts(db: Db): Promise<WorkspaceFacts> {
	const { rows } = await db.query<Row>(
		`select value->>'timezone' as timezone, value->'frequencyCap' as cap, (value->>'baa')::boolean as baa from settings where key = 'workspace'`
	);
	const { timezone, cap, baa } = rows[0] ?? { timezone: null, cap: null, baa: null };
	return {
		workspaceTimezone: timezone ?? 'UTC',
		...(cap ? { frequencyCap: cap } : {}),
		...(baa === false ? { baa } : {})
	};
}
