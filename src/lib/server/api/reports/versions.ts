/** A journey's published versions, as its reports need them. */
import { z } from 'zod';
import type { JourneyDocument } from '$lib/journey/index.ts';
import type { Db } from '../../db/db.ts';
import { ApiError } from '../errors.ts';

export interface ReportVersion {
	id: number;
	number: number;
	publishedAt: Date;
	document: JourneyDocument;
	/** Zone in which its visits were counted to days. */
	zone: string;
}

export interface ReportJourney {
	slug: string;
	name: string;
	state: 'draft' | 'live' | 'paused' | 'archived';
	liveVersion: number | null;
	/** The journey's zone, as it is now: the newest version's. */
	zone: string;
	/** Newest first. */
	versions: ReportVersion[];
}

interface Row {
	slug: string;
	name: string;
	state: ReportJourney['state'];
	live: number | null;
	id: number | null;
	number: number;
	published_at: Date;
	document: JourneyDocument;
	workspace: unknown;
}

const statement = `
	select j.slug, j.name, j.state, l.number as live, v.id, v.number, v.published_at, v.document,
		(select value ->> 'timezone' from settings where key = 'workspace') as workspace
	from journeys j
	left join journey_versions l on l.id = j.live_version_id
	left join journey_versions v on v.journey_id = j.id
	where j.slug = $1
	order by v.number desc`;

/** Throws ApiError `not-found`. */
export async function getReportJourney(db: Db, slug: string): Promise<ReportJourney> {
	const { rows } = await db.query<Row>(statement, [slug]);
	const first = rows[0];
	if (!first) throw new ApiError('not-found', 'There is no such journey.');
	const workspaceZone = z.string().catch('UTC').parse(first.workspace);
	const versions = rows.flatMap(({ id, number, published_at, document }) =>
		id === null
			? []
			: // Only a document that compiled was published, and a published one never changes.
				[
					{
						id,
						number,
						publishedAt: published_at,
						document,
						zone: document.settings?.timezone ?? workspaceZone
					}
				]
	);
	return {
		slug: first.slug,
		name: first.name,
		state: first.state,
		liveVersion: first.live,
		zone: versions[0]?.zone ?? workspaceZone,
		versions
	};
}

/** The versions that a query is about, newest first. Throws ApiError `not-found` for a number that was never published. */
export function chooseVersions(journey: ReportJourney, version: number | 'all'): ReportVersion[] {
	if (version === 'all') return journey.versions;
	const chosen = journey.versions.filter((each) => each.number === version);
	if (chosen.length === 0)
		throw new ApiError('not-found', `This journey has no version ${version}.`, { path: '/version' });
	return chosen;
}
