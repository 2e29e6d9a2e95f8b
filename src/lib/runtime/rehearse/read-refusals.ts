import type { TraceRefusal } from '$lib/journey/rehearse/trace.ts';
import type { Db } from '$lib/server/db/db.ts';
import type { IdOf, Placed } from './placed.ts';

/** Who was turned away at a trigger. */
export async function readRefusals(db: Db, idOf: IdOf): Promise<Placed<TraceRefusal>[]> {
	const { rows } = await db.query<{
		id: number;
		journey: string;
		contact_id: number;
		trigger: string;
		at: Date;
		reason: string;
	}>(
		`select r.id, j.slug as journey, r.contact_id, r.step as trigger, r.at, r.reason
		 from refusals r join journeys j on j.id = r.journey_id`
	);
	return rows.map(({ id, journey, contact_id, trigger, at, reason }) => ({
		at: at.getTime(),
		order: id,
		printed: { journey, contact: idOf(contact_id), trigger, at: at.toISOString(), reason }
	}));
}
