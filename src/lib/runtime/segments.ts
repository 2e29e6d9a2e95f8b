/** The workspace's segments as conditions and triggers ask them. */
import {
	readsOfSegment,
	type AttributeType,
	type Plan,
	type SegmentConditions,
	type SegmentReads,
	type Where
} from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';
import type { VersionPlan } from './plans.ts';

export interface Segments {
	/** By slug; null for a segment that is kept by hand. */
	conditions: SegmentConditions;
	attributeTypes: Record<string, AttributeType>;
	/** Up to which contact each segment's members are known; a segment that nobody watches has no number. */
	builtUpTo: ReadonlyMap<string, number>;
}

/** All segments, with the types of what their conditions compare. */
export async function loadSegments(db: Db): Promise<Segments> {
	const segments = await db.query<{ slug: string; where: Where | null; built_up_to: number | null }>(
		'select slug, "where", built_up_to from segments'
	);
	const attributes = await db.query<{ key: string; type: AttributeType }>('select key, type from attributes');
	return {
		conditions: Object.fromEntries(segments.rows.map((row) => [row.slug, row.where])),
		attributeTypes: Object.fromEntries(attributes.rows.map((row) => [row.key, row.type])),
		builtUpTo: new Map(
			segments.rows.flatMap((row) => (row.built_up_to === null ? [] : [[row.slug, row.built_up_to] as const]))
		)
	};
}

/** A segment that a trigger waits for somebody to enter or leave. */
export interface WatchedSegment {
	slug: string;
	reads: SegmentReads;
	builtUpTo: number;
}

export interface Watching extends Segments {
	/** In the order of journeys and their triggers. */
	watched: WatchedSegment[];
	/** Asks for all that they read. */
	plan: Plan;
}

/** What the triggers of `journeys`, live and paused, watch; null where they watch nothing, and then nothing is read. */
export async function loadWatching(db: Db, journeys: readonly VersionPlan[]): Promise<Watching | null> {
	const slugs = watchedIn(journeys);
	if (!slugs.length) return null;
	const segments = await loadSegments(db);
	const watched = slugs.flatMap((slug) => {
		const builtUpTo = segments.builtUpTo.get(slug);
		return builtUpTo === undefined
			? []
			: [{ slug, builtUpTo, reads: readsOfSegment(slug, segments.conditions) }];
	});
	return watched.length ? { ...segments, watched, plan: planAsking(slugs) } : null;
}

/** The segments that triggers which are on watch, each once. */
function watchedIn(journeys: readonly VersionPlan[]): string[] {
	const inOrder = journeys.toSorted((one, other) => (one.slug < other.slug ? -1 : 1));
	const all = inOrder.flatMap(({ plan }) =>
		plan.triggers.flatMap((trigger) =>
			trigger.kind === 'trigger.segment' && !trigger.disabled ? [trigger.config.segment] : []
		)
	);
	return [...new Set(all)];
}

/** A plan that does nothing but read these segments. */
export function planAsking(segments: string[]): Plan {
	return {
		format: 'stepwell.plan/1',
		name: '',
		slug: '',
		settings: {},
		attributeTypes: {},
		phiAttributes: [],
		steps: {},
		triggers: [],
		reads: {
			segments,
			events: [],
			waitEvents: [],
			messages: false,
			consents: false,
			attributes: [],
			marketing: false
		}
	};
}

const FOLLOW_WATCHING = `with watched as (
	select distinct t -> 'config' ->> 'segment' as slug
	from journeys j join journey_versions v on v.id = j.live_version_id
	cross join lateral jsonb_array_elements(v.plan -> 'triggers') t
	where j.state in ('live', 'paused') and t ->> 'kind' = 'trigger.segment' and not coalesce((t ->> 'disabled')::boolean, false)
)
update segments s set built_up_to = case when n.slug is null then null else coalesce(s.built_up_to, 0) end
from segments o left join watched n on n.slug = o.slug
where o.slug = s.slug and (n.slug is null) <> (s.built_up_to is null)`;

/**
 * After a journey was published or archived: segments that are watched from now on get their members built, by the job that
 * plans the journey's entries; those that nobody watches any more are forgotten.
 */
export async function followWatching(db: Db): Promise<void> {
	await db.query(FOLLOW_WATCHING);
}
