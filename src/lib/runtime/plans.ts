/** Published plans, by version. A version never changes, so what was read once is kept. */
import {
	impersonalSteps,
	isEventTrigger,
	type EventTrigger,
	type Plan,
	type PlanStep
} from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';

/** Newer formats come from a newer Stepwell working on the same database: this one must not guess at them. */
const KNOWN_FORMAT = 'stepwell.plan/1';
const KEPT_PLANS = 500;

export interface VersionPlan {
	versionId: number;
	journeyId: number;
	slug: string;
	plan: Plan;
	/** Zone that counts and calendars of the journey use. */
	zone: string;
	/** Whether the router, or another journey's batch, may decide about the same person at the same time. */
	isShared: boolean;
	/** How enrollments stand, as `STANDS_AT` writes it, whose next wake looks at nothing sealed. */
	impersonal: readonly string[];
}

export interface LiveJourney extends VersionPlan {
	publishedAt: number;
}

/** Something can't be decided without a plan that only a newer Stepwell knows; its worker does it. */
export class NewerPlan extends Error {
	/** What the log and a failed job tell of it. */
	readonly code = 'newer-plan';

	constructor(versionId: number) {
		super(`Version ${versionId} has a newer plan format; this Stepwell knows ${KNOWN_FORMAT}.`);
	}
}

/** The plans of versions in a format that only a newer Stepwell knows. Their people are left to it. */
export function newerVersions(scope: object): ReadonlySet<number> {
	return newerFor(scope);
}

const newerByDatabase = new WeakMap<object, Set<number>>();

function newerFor(scope: object): Set<number> {
	const newer = newerByDatabase.get(scope) ?? new Set();
	newerByDatabase.set(scope, newer);
	return newer;
}

// Keyed by database, since tests run several in one process.
const cacheByDatabase = new WeakMap<object, Map<number, VersionPlan>>();

interface PlanRow {
	version_id: number;
	journey_id: number;
	slug: string;
	plan: Plan;
	zone: string | null;
}

const SELECT_PLAN = `select v.id as version_id, v.journey_id, j.slug, v.plan,
	coalesce(v.plan->'settings'->>'timezone', (select value->>'timezone' from settings where key = 'workspace')) as zone
	from journey_versions v join journeys j on j.id = v.journey_id`;

/** The plans of `versionIds`, each read from `db` at most once per `scope` (the pool). Throws for one in a newer format. */
export async function loadPlans(
	db: Db,
	scope: object,
	versionIds: Iterable<number>
): Promise<Map<number, VersionPlan>> {
	const wanted = new Set(versionIds);
	const plans = await loadKnownPlans(db, scope, wanted);
	for (const id of wanted) if (newerFor(scope).has(id)) throw new NewerPlan(id);
	return plans;
}

/** The same without those in a newer format, which `newerVersions` then knows. */
export async function loadKnownPlans(
	db: Db,
	scope: object,
	versionIds: Iterable<number>
): Promise<Map<number, VersionPlan>> {
	const cache = cacheFor(scope);
	const newer = newerFor(scope);
	const wanted = new Set(versionIds);
	const missing = [...wanted].filter((id) => !cache.has(id) && !newer.has(id));
	if (missing.length) {
		const { rows } = await db.query<PlanRow>(`${SELECT_PLAN} where v.id = any($1)`, [missing]);
		for (const row of rows)
			if (row.plan.format === KNOWN_FORMAT) remember(cache, row);
			else newer.add(row.version_id);
	}
	return new Map([...wanted].filter((id) => !newer.has(id)).map((id) => [id, planOf(cache, id)]));
}

/**
 * The live version of every live journey, in the order in which triggers are asked: by journey's slug. Throws NewerPlan where
 * one of them is in a newer format: which events it waits for is not known, and an event that passed its door would be lost to it.
 */
export async function loadLiveJourneys(db: Db, scope: object): Promise<LiveJourney[]> {
	return loadJourneysIn(db, scope, 'live');
}

/** The version that people would enter, of every paused journey. */
export async function loadPausedJourneys(db: Db, scope: object): Promise<LiveJourney[]> {
	return loadJourneysIn(db, scope, 'paused');
}

/**
 * Live and paused journeys, but for those whose plan only a newer Stepwell knows: for what must be written down whatever else
 * there is.
 */
export async function loadKnownJourneys(
	db: Db,
	scope: object
): Promise<{ live: LiveJourney[]; paused: LiveJourney[] }> {
	const live = await loadJourneysIn(db, scope, 'live', loadKnownPlans);
	return { live, paused: await loadJourneysIn(db, scope, 'paused', loadKnownPlans) };
}

async function loadJourneysIn(
	db: Db,
	scope: object,
	state: 'live' | 'paused',
	load: typeof loadPlans = loadPlans
): Promise<LiveJourney[]> {
	const { rows } = await db.query<{ live_version_id: number; published_at: Date }>(
		`select j.live_version_id, v.published_at from journeys j join journey_versions v on v.id = j.live_version_id
		 where j.state = $1 order by j.slug collate "C"`,
		[state]
	);
	const plans = await load(
		db,
		scope,
		rows.map((row) => row.live_version_id)
	);
	return rows.flatMap((row) => {
		const plan = plans.get(row.live_version_id);
		return plan ? [{ ...plan, publishedAt: row.published_at.getTime() }] : [];
	});
}

function cacheFor(scope: object): Map<number, VersionPlan> {
	let cache = cacheByDatabase.get(scope);
	if (!cache || cache.size > KEPT_PLANS) cacheByDatabase.set(scope, (cache = new Map()));
	return cache;
}

function remember(cache: Map<number, VersionPlan>, row: PlanRow): void {
	cache.set(row.version_id, {
		versionId: row.version_id,
		journeyId: row.journey_id,
		slug: row.slug,
		plan: row.plan,
		zone: row.zone ?? 'UTC',
		isShared: isShared(row.plan),
		impersonal: impersonalIn(row)
	});
}

/** How an enrollment stands: its version, state and step in one text. The same in SQL as here. */
export const STANDS_AT = `e.version_id || '|' || e.state || '|' || e.step`;

function impersonalIn({ version_id, plan }: PlanRow): string[] {
	const { acting, standing } = impersonalSteps(plan);
	const at = (state: string) => (step: string) => `${version_id}|${state}|${step}`;
	return [...[...acting].map(at('active')), ...[...standing].map(at('waiting'))];
}

/** By journey, how its enrollments stand whose next wake looks at nothing sealed, as far as the plans have been read. */
export function impersonalStands(scope: object): Map<number, string[]> {
	const stands = new Map<number, string[]>();
	for (const { journeyId, impersonal } of cacheFor(scope).values()) {
		const known = stands.get(journeyId);
		if (known) known.push(...impersonal);
		else stands.set(journeyId, [...impersonal]);
	}
	return stands;
}

/** Whether an event can end an enrollment from outside its steps. */
export function hasRules(plan: Plan): boolean {
	return plan.settings.exitWhen !== undefined || plan.settings.goal !== undefined;
}

/** The names of the events that let people in. */
export function enteringEvents(plan: Plan): string[] {
	return plan.triggers.flatMap((trigger) => (isEventTrigger(trigger) ? [eventOf(trigger)] : []));
}

/** The name of the event that a trigger waits for. */
export function eventOf(trigger: EventTrigger): string {
	return trigger.kind === 'trigger.api' ? `api.${trigger.config.name}` : trigger.config.event;
}

function isShared(plan: Plan): boolean {
	return (
		plan.reads.waitEvents.length > 0 ||
		plan.reads.marketing ||
		hasRules(plan) ||
		Object.values(plan.steps).some(reachesOthers)
	);
}

/** Whether a step changes the person or lets them in elsewhere, or waits for an answer, or a date that may be changed meanwhile. */
function reachesOthers({ kind, config }: PlanStep): boolean {
	switch (kind) {
		case 'contact.update':
		case 'segment.add':
		case 'segment.remove':
		case 'journey.enter':
		case 'wait.approval':
			return true;
		case 'webhook.call':
			return config.save !== undefined;
		case 'wait.until':
			return config.date !== undefined;
		default:
			return false;
	}
}

function planOf(plans: Map<number, VersionPlan>, id: number): VersionPlan {
	const plan = plans.get(id);
	if (!plan) throw new Error(`There is no version ${id}.`);
	return plan;
}
