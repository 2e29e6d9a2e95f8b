/** How people stand to the journeys that steps put them into: what the re-entry rule asks at the visit (§5.1). */
import { firstZone, freePlaces, type Door, type Past, type PlanTrigger } from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';
import { lastPlaces } from './places.ts';
import { loadPlans, type VersionPlan } from './plans.ts';
import type { WorkspaceFacts } from './workspace.ts';

export interface DoorQuestion {
	contactId: number;
	timezone: string | null;
	/** The journeys that its plan enters. */
	journeys: readonly string[];
}

/** The doors by contact, then by journey's slug. A journey that was never published has none. */
export type Doors = Map<number, Record<string, Door>>;

/** A journey's live version with the trigger that others come in by. */
export interface OpenJourney extends VersionPlan {
	state: Door['state'];
	manual: PlanTrigger | undefined;
}

export async function loadDoors(
	db: Db,
	scope: object,
	questions: readonly DoorQuestion[],
	workspace: WorkspaceFacts,
	now: number
): Promise<Doors> {
	const asked = questions.filter(({ journeys }) => journeys.length);
	if (!asked.length) return new Map();
	const journeys = await loadOpenJourneys(db, scope, [...new Set(asked.flatMap((each) => each.journeys))]);
	const pasts = await loadPasts(
		db,
		asked.map((each) => each.contactId),
		[...journeys.values()].map((each) => each.journeyId)
	);
	const doors: Doors = new Map();
	for (const { contactId, timezone, journeys: slugs } of asked) {
		const own = doors.get(contactId) ?? {};
		doors.set(contactId, own);
		for (const slug of slugs) {
			const journey = journeys.get(slug);
			if (!journey) continue;
			const past = pasts.get(`${contactId} ${journey.journeyId}`);
			const { timezone: ofJourney } = journey.plan.settings;
			own[slug] = {
				state: journey.state,
				trigger: journey.manual?.step ?? '',
				reentry: journey.plan.settings.reentry,
				zone: firstZone(timezone, ofJourney, workspace.workspaceTimezone),
				past: past ?? { entries: 0, active: 0, lastExitAt: null },
				...(await freeAt(db, journey, now))
			};
		}
	}
	return doors;
}

/** Published journeys by slug, whatever their state. */
export async function loadOpenJourneys(
	db: Db,
	scope: object,
	slugs: readonly string[]
): Promise<Map<string, OpenJourney>> {
	const { rows } = await db.query<{ slug: string; state: string; live_version_id: number }>(
		'select slug, state, live_version_id from journeys where slug = any($1) and live_version_id is not null',
		[slugs]
	);
	const plans = await loadPlans(
		db,
		scope,
		rows.map((row) => row.live_version_id)
	);
	return new Map(
		rows.flatMap((row) => {
			const version = plans.get(row.live_version_id);
			return version
				? [[row.slug, { ...version, state: stateOf(row.state), manual: manualOf(version) }]]
				: [];
		})
	);
}

/** How many more a door with a limit lets in at once. */
async function freeAt(
	db: Db,
	{ journeyId, zone, manual }: OpenJourney,
	now: number
): Promise<Pick<Door, 'free'>> {
	const rule = manual?.config.limit;
	if (!manual || !rule) return {};
	return { free: freePlaces(await lastPlaces(db, journeyId, manual.step, rule.contacts), rule, zone, now) };
}

function stateOf(state: string): Door['state'] {
	return state === 'live' || state === 'paused' ? state : 'archived';
}

function manualOf({ plan }: VersionPlan): PlanTrigger | undefined {
	return plan.triggers.find((trigger) => trigger.kind === 'trigger.manual' && !trigger.disabled);
}

async function loadPasts(db: Db, contactIds: number[], journeyIds: number[]): Promise<Map<string, Past>> {
	const { rows } = await db.query<{
		contact_id: number;
		journey_id: number;
		entries: number;
		active: number;
		last_exit: Date | null;
	}>(
		`select k.contact_id, k.journey_id, count(*)::int as entries,
			(count(*) filter (where e.ended_at is null))::int as active, max(e.ended_at) as last_exit
		 from (select distinct contact_id, journey_id, enrollment_id from enrollment_keys
			where contact_id = any($1) and journey_id = any($2)) k
		 join enrollments e on e.id = k.enrollment_id group by 1, 2`,
		[[...new Set(contactIds)], journeyIds]
	);
	return new Map(
		rows.map((row) => [
			`${row.contact_id} ${row.journey_id}`,
			{ entries: row.entries, active: row.active, lastExitAt: row.last_exit?.getTime() ?? null }
		])
	);
}
