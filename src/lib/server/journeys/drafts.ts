/** Journeys as people draw them: made, listed, read and saved. What is published is in publish.ts. */
import { and, eq, like, or, sql } from 'drizzle-orm';
import { findTrip } from '$lib/runtime/breaker-trip.ts';
import type { Trip } from '../../text/breaker.ts';
import { ApiError } from '../api/errors.ts';
import { orm, type Db } from '../db/db.ts';
import { journeys, journeyVersions, users } from '../db/schema.ts';
import { draftSchema, emptyDraft, type Draft, type DraftInput } from './draft-document.ts';
import { freeSlug, slugOf } from './slug.ts';

export interface NewJourney {
	/** Refused with `conflict` when it is taken; without one, a free slug is made out of the name. */
	slug?: string;
	name: string;
	/** What it starts from; empty when left out. Its name becomes `name`. */
	document?: DraftInput;
}

/** Makes a journey in state draft, and returns its slug. Throws ApiError `conflict` when a slug asked for is taken. */
export async function createJourney(
	db: Db,
	journey: NewJourney,
	userId: number | null,
	now?: number
): Promise<{ slug: string; revision: number }> {
	const start = journey.document ? draftSchema.parse(journey.document) : emptyDraft(journey.name);
	const draft: Draft = { ...start, name: journey.name };
	for (;;) {
		const slug = journey.slug ?? freeSlug(slugOf(journey.name), await takenSlugs(db, slugOf(journey.name)));
		const made = await orm(db)
			.insert(journeys)
			.values({
				slug,
				name: journey.name,
				draft,
				draftSavedBy: userId,
				...(now === undefined ? {} : { draftSavedAt: new Date(now), createdAt: new Date(now) })
			})
			.onConflictDoNothing()
			.returning({ slug: journeys.slug, revision: journeys.draftRevision });
		if (made[0]) return made[0];
		// Somebody took the free slug between the look and the insert: look again.
		if (journey.slug) throw new ApiError('conflict', 'Another journey has this slug.', { path: '/slug' });
	}
}

async function takenSlugs(db: Db, slug: string): Promise<ReadonlySet<string>> {
	const found = await orm(db)
		.select({ slug: journeys.slug })
		.from(journeys)
		.where(or(eq(journeys.slug, slug), like(journeys.slug, `${slug}-%`)));
	return new Set(found.map((row) => row.slug));
}

/** As in the runtime, with the time in ISO 8601. */
export type ShownTrip = Trip & { at: string };

/** A journey as the editor opens it. Times are ISO 8601. */
export interface JourneyForEditor {
	slug: string;
	name: string;
	state: 'draft' | 'live' | 'paused' | 'archived';
	/** Goes up by one with each save; a save must name the one it changes. */
	revision: number;
	savedAt: string;
	savedBy: string | null;
	draft: Draft;
	/** Why the breaker holds it; null where it does not. */
	trip: ShownTrip | null;
	/** The version that contacts enter, or null when it was never published. */
	live: { number: number; document: Draft; publishedAt: string } | null;
}

/** Throws ApiError `not-found`. */
export async function getJourney(db: Db, slug: string): Promise<JourneyForEditor> {
	const found = await orm(db)
		.select({ journey: journeys, version: journeyVersions, savedBy: users.name })
		.from(journeys)
		.leftJoin(journeyVersions, eq(journeyVersions.id, journeys.liveVersionId))
		.leftJoin(users, eq(users.id, journeys.draftSavedBy))
		.where(eq(journeys.slug, slug));
	const row = found[0];
	if (!row) throw new ApiError('not-found', 'There is no such journey.');
	const { journey, version } = row;
	return {
		slug: journey.slug,
		name: journey.name,
		state: journey.state,
		revision: journey.draftRevision,
		savedAt: journey.draftSavedAt.toISOString(),
		savedBy: row.savedBy,
		// Written through draftSchema only, so the columns hold what it let in.
		draft: journey.draft as Draft,
		trip: await findShownTrip(db, journey.id),
		live: version && {
			number: version.number,
			document: version.document as Draft,
			publishedAt: version.publishedAt.toISOString()
		}
	};
}

/** Why the breaker holds a journey, as it is shown; null where it does not. */
export async function findShownTrip(db: Db, journeyId: number): Promise<ShownTrip | null> {
	const trip = await findTrip(db, journeyId);
	return trip ? { ...trip, at: new Date(trip.at).toISOString() } : null;
}

export interface DraftSave {
	slug: string;
	/** The revision that these changes started from. */
	revision: number;
	document: Draft;
}

/**
 * Keeps a draft, if nobody saved another since `revision`. Returns the new revision.
 * Throws ApiError `draft.stale` when somebody did, `not-found` when there is no such journey.
 */
export async function saveDraft(
	db: Db,
	save: DraftSave,
	userId: number | null,
	now: number
): Promise<{ revision: number; savedAt: string }> {
	const saved = await orm(db)
		.update(journeys)
		.set({
			draft: save.document,
			name: save.document.name,
			draftRevision: sql`${journeys.draftRevision} + 1`,
			draftSavedAt: new Date(now),
			draftSavedBy: userId
		})
		.where(and(eq(journeys.slug, save.slug), eq(journeys.draftRevision, save.revision)))
		.returning({ revision: journeys.draftRevision, savedAt: journeys.draftSavedAt });
	if (saved[0]) return { revision: saved[0].revision, savedAt: saved[0].savedAt.toISOString() };
	const current = await getJourney(db, save.slug);
	throw new ApiError('draft.stale', `${current.savedBy ?? 'Somebody'} saved this draft meanwhile.`);
}

/** One line of the list of journeys. `inside` is how many enrollments are in it now, over all versions. */
export interface JourneySummary {
	slug: string;
	name: string;
	state: 'draft' | 'live' | 'paused' | 'archived';
	version: number | null;
	savedAt: string;
	inside: number;
	/** How many steps the draft has. */
	steps: number;
	trip: ShownTrip | null;
}

// Who is inside stands at a step: a visit entered, not left, and not ended there. The counts answer it without
// reading the enrollments.
const listStatement = `
	select j.slug, j.name, j.state, v.number as version, j.draft_saved_at as "savedAt",
		jsonb_array_length(j.draft -> 'steps') as steps,
		case when j.state = 'paused' and j.paused_by = 'breaker' and b.tripped_at is not null then json_build_object(
			'at', b.tripped_at, 'reason', b.reason, 'counted', b.counted, 'total', b.total, 'allowed', b.allowed) end as trip,
		coalesce((
			select sum(case when c.measure in ('entered', 'carried:in') then c.count else -c.count end)
			from journey_versions w join step_counts c on c.version_id = w.id
			where w.journey_id = j.id and (c.measure in ('entered', 'carried:in', 'carried:out') or c.measure like 'left:%' or c.measure like 'ended:%')
		), 0)::bigint as inside
	from journeys j left join journey_versions v on v.id = j.live_version_id left join breakers b on b.journey_id = j.id
	order by (j.state = 'archived'), (j.state = 'draft'), j.name, j.id`;

/** All journeys: the running ones first, then drafts, each group by name. */
export async function listJourneys(db: Db): Promise<JourneySummary[]> {
	const found = await db.query<Omit<JourneySummary, 'savedAt'> & { savedAt: Date }>(listStatement);
	return found.rows.map((row) => ({ ...row, savedAt: row.savedAt.toISOString() }));
}
