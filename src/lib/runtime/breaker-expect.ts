/** How many messages of a journey a day should bring, as far as its publish can know. */
import { isEventTrigger, type Plan, type PlanTrigger } from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';
import { loadPlans } from './plans.ts';

const HISTORY_DAYS = 28;
const DAY_MS = 86_400_000;

/**
 * Writes what is expected of the live version: for each way in, the most people whom one day brings, times the most messages
 * that a passage makes in a day. Call it when a journey was published and its entries by time are planned. A resume never
 * makes it less.
 */
export async function expectSending(db: Db, scope: object, journeyId: number, now: number): Promise<void> {
	const { rows } = await db.query<{ id: number }>(
		`select live_version_id as id from journeys where id = $1 and state = 'live'`,
		[journeyId]
	);
	const [version] = rows;
	if (!version) return;
	const plan = (await loadPlans(db, scope, [version.id])).get(version.id)?.plan;
	if (!plan) return;
	let people = await plannedInADay(db, journeyId);
	for (const trigger of plan.triggers) if (!trigger.disabled) people += await peopleInADay(db, trigger, now);
	const expected = people * (plan.volume?.day.messages ?? 1) * daysGathered(plan);
	await db.query(
		`insert into breakers as b (journey_id, expected_per_day) values ($1, $2)
		 on conflict (journey_id) do update set expected_per_day = greatest(b.expected_per_day, $2)`,
		[journeyId, Math.min(expected, 2 ** 31 - 1)]
	);
}

async function peopleInADay(db: Db, trigger: PlanTrigger, now: number): Promise<number> {
	if (trigger.kind === 'trigger.time' && !('date' in trigger.config) && !('inactive' in trigger.config))
		return countOf(db, 'select count(*)::int as n from contacts', []); // All are asked at one instant.
	if (!isEventTrigger(trigger)) return 0;
	const event = trigger.kind === 'trigger.api' ? `api.${trigger.config.name}` : trigger.config.event;
	return countOf(
		db,
		`select coalesce(max(n), 0)::int as n from (
			select count(*) as n from events where name = $1 and received_at > $2 and received_at <= $3
			group by floor(extract(epoch from received_at) / 86400)
		) days`,
		[event, new Date(now - HISTORY_DAYS * DAY_MS), new Date(now)]
	);
}

// Entries by a date or a silence, which have just been planned.
function plannedInADay(db: Db, journeyId: number): Promise<number> {
	return countOf(
		db,
		`select coalesce(max(n), 0)::int as n from (
			select count(*) as n from planned_entries where journey_id = $1
			group by floor(extract(epoch from due_at) / 86400)
		) days`,
		[journeyId]
	);
}

async function countOf(db: Db, text: string, values: unknown[]): Promise<number> {
	const { rows } = await db.query<{ n: number }>(text, values);
	return rows[0]?.n ?? 0;
}

/** A wait for a weekday lets out in one day whoever came in a week. */
function daysGathered(plan: Plan): number {
	const isWeekly = Object.values(plan.steps).some(
		(step) => step.kind === 'wait.until' && !step.disabled && step.config.days !== undefined
	);
	return isWeekly ? 7 : 1;
}
