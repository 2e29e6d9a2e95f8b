/** What the compiler must know of the workspace: attributes, templates, the other journeys, the zone, the cap. */
import { z } from 'zod';
import type { Where, Workspace } from '$lib/journey/index.ts';
import type { Db } from '../db/db.ts';
import { listTemplateSummaries } from '../mail/templates.ts';
import { loadAttributes } from '../people/registry.ts';
import { listTeam } from '../tasks/doer.ts';

const workspaceSettings = z.object({
	timezone: z.string().catch('UTC'),
	frequencyCap: z.object({ messages: z.number(), per: z.string() }).optional().catch(undefined)
});

const EVENTS_LOOKED_AT = 5000;

/** The workspace as it is now; an attribute in quarantine is unknown to it. The setting `workspace` gives its zone (else UTC) and its cap on marketing messages. */
export async function loadWorkspace(db: Db): Promise<Workspace> {
	const stored = await db.query<{ value: unknown }>(`select value from settings where key = 'workspace'`);
	const settings = workspaceSettings.parse(stored.rows[0]?.value ?? {});
	const known = (await loadAttributes(db)).filter(({ definedAt }) => definedAt !== null);
	return {
		timezone: settings.timezone,
		...(settings.frequencyCap ? { frequencyCap: settings.frequencyCap } : {}),
		attributes: known.map(({ key, label, type, tag }) => ({ key, label, type, phi: tag !== 'none' })),
		templates: await listTemplateSummaries(db),
		segments: await listSegments(db),
		journeys: await listDocuments(db),
		team: (await listTeam(db)).map(({ name, email }) => ({ name, email }))
	};
}

async function listSegments(db: Db): Promise<NonNullable<Workspace['segments']>> {
	const { rows } = await db.query<{ slug: string; name: string; where: Where | null }>(
		'select slug, name, "where" from segments order by slug collate "C"'
	);
	return rows;
}

/** What each journey does to the others: its live version, else its draft, without what is only for the eye. */
async function listDocuments(db: Db): Promise<NonNullable<Workspace['journeys']>> {
	const { rows } = await db.query<{ slug: string; document: unknown }>(
		`select j.slug, coalesce(v.document, j.draft) as document
		 from journeys j left join journey_versions v on v.id = j.live_version_id
		 where j.state <> 'archived' order by j.slug collate "C"`
	);
	return rows.map(({ slug, document }) => ({ slug, document: withoutLooks(document) }));
}

function withoutLooks(document: unknown): unknown {
	if (typeof document !== 'object' || document === null || !('steps' in document)) return document;
	const { steps } = document;
	if (!Array.isArray(steps)) return document;
	return {
		...document,
		steps: steps.map((step: object) => ({ ...step, position: undefined, label: undefined }))
	};
}

/** Names among the newest 5,000 events, in alphabetical order; for the editor to offer. */
export async function listEventNames(db: Db): Promise<string[]> {
	// Newest first by primary key: however many events there are, it reads the same few pages.
	const found = await db.query<{ name: string }>(
		'select distinct name from (select name from events order by id desc limit $1) newest order by name',
		[EVENTS_LOOKED_AT]
	);
	return found.rows.map((row) => row.name);
}
