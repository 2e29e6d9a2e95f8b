/** Entries after a silence: planned from the last event that ends one, and planned anew when another comes (§3). */
import {
	addDuration,
	BEHAVIORS,
	endsSilence,
	NOT_THE_CONTACTS_DOING,
	type EventFact,
	type PlanTrigger,
	type TimeConfig
} from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';
import type { LiveJourney } from './plans.ts';

/** What stands for an entry's occurrence: there is one planned silence a contact and trigger. */
export const SILENCE = 'silence';

export type SilenceTrigger = PlanTrigger & { config: TimeConfig<'inactive'> };

export function silenceTriggers({ plan }: LiveJourney): SilenceTrigger[] {
	return plan.triggers.filter(isSilenceTrigger);
}

export function isSilenceTrigger(trigger: PlanTrigger): trigger is SilenceTrigger {
	return trigger.kind === 'trigger.time' && !trigger.disabled && 'inactive' in trigger.config;
}

export interface Silent {
	id: number;
	timezone: string | null;
	createdAt: number;
}

export interface PlannedSilence {
	journeyId: number;
	step: string;
	contactId: number;
	occurrence: string;
	at: number;
	lineage: readonly string[];
}

/** The silences of these contacts that end from `now` on (ms). */
export async function silencesOf(
	db: Db,
	journey: LiveJourney,
	trigger: SilenceTrigger,
	contacts: readonly Silent[],
	now: number
): Promise<PlannedSilence[]> {
	const { event, for: length } = trigger.config.inactive;
	const last = await lastOf(
		db,
		event,
		contacts.map((contact) => contact.id)
	);
	return contacts.flatMap((contact) => {
		const since = last.get(contact.id) ?? contact.createdAt;
		const at = addDuration(since, length, contact.timezone ?? journey.zone);
		if (at < now) return [];
		return [
			{
				journeyId: journey.journeyId,
				step: trigger.step,
				contactId: contact.id,
				occurrence: SILENCE,
				at,
				lineage: []
			}
		];
	});
}

/** Whether one of these events ends a silence that the trigger waits for. */
export function isEnded({ config }: SilenceTrigger, events: readonly EventFact[]): boolean {
	return events.some((event) => endsSilence(config.inactive.event, event));
}

// What only Stepwell tells of itself (a machine's open) stands readable.
const LAST = `select contact_id, max(occurred_at) as last from events
	where contact_id = any($1) and not coalesce((properties->>'machine')::boolean, false)
	and case when $2 = '*' then name = any($3) or name !~ $4 else name = $2 end group by 1`;

async function lastOf(db: Db, event: string, contactIds: number[]): Promise<Map<number, number>> {
	const { rows } = await db.query<{ contact_id: number; last: Date }>(LAST, [
		contactIds,
		event,
		[...BEHAVIORS],
		NOT_THE_CONTACTS_DOING
	]);
	return new Map(rows.map((row) => [row.contact_id, row.last.getTime()]));
}
