/** The organisation's name, time zone and postal address: the setting `workspace`. */
import { isZone } from '$lib/journey/index.ts';
import { z } from 'zod';
import type { Db } from '../../db/db.ts';

export const workspaceSchema = z.object({
	name: z.string().trim().min(1, 'Write the name of your organization.').max(120),
	timezone: z.string().refine(isZone, 'Choose a time zone.'),
	/** Stands at the foot of marketing mail, as CAN-SPAM demands (15 U.S.C. 7704(a)(5)). */
	postalAddress: z.string().trim().max(300)
});
export type WorkspaceSettings = z.infer<typeof workspaceSchema>;

/** As it is shown: what is not set yet has a name to stand for it. */
export const shownWorkspace = z.object({
	name: z.string().catch('Your organization'),
	timezone: z.string().catch('UTC'),
	postalAddress: z.string().catch('')
});

export async function getWorkspace(db: Db): Promise<WorkspaceSettings> {
	const { rows } = await db.query<{ value: unknown }>(`select value from settings where key = 'workspace'`);
	return shownWorkspace.parse(rows[0]?.value ?? {});
}

/** Writes the fields given and leaves the others of the setting as they are. */
export async function saveWorkspace(db: Db, fields: Partial<WorkspaceSettings>): Promise<void> {
	await db.query(
		`insert into settings as s (key, value) values ('workspace', $1)
		on conflict (key) do update set value = s.value || excluded.value`,
		[JSON.stringify(fields)]
	);
}

/** Writes the fields that are not set yet: what a browser knows of itself must not replace what somebody chose. */
export async function suggestWorkspace(db: Db, fields: Partial<WorkspaceSettings>): Promise<void> {
	await db.query(
		`insert into settings as s (key, value) values ('workspace', $1)
		on conflict (key) do update set value = excluded.value || s.value`,
		[JSON.stringify(fields)]
	);
}
