/** Messages as they stand in the outbox, and those that quiet hours hold, which are not in it yet. */
import type { TraceMessage } from '$lib/journey/rehearse/trace.ts';
import type { Db } from '$lib/server/db/db.ts';
import type { IdOf, Placed } from './placed.ts';

interface Row {
	id: number;
	journey: string;
	contact_id: number;
	step: string;
	kind: string;
	state: string;
	reason: string | null;
	at: Date;
}

export async function readMessages(db: Db, idOf: IdOf): Promise<Placed<TraceMessage>[]> {
	const { rows } = await db.query<Row>(
		`select m.id, j.slug as journey, m.contact_id, m.step, v.plan #>> array['steps', m.step, 'kind'] as kind, m.state,
			m.reason, coalesce(m.decided_at, m.visit_at) as at
		 from messages m join journey_versions v on v.id = m.version_id join journeys j on j.id = v.journey_id
		 where m.state <> 'withdrawn'`
	);
	return rows.map((row) => placed(row, idOf));
}

/** A message that quiet hours hold keeps its enrollment at the step; it was made when that arrived there. */
export async function readHeld(db: Db, idOf: IdOf): Promise<Placed<TraceMessage>[]> {
	const { rows } = await db.query<Omit<Row, 'id' | 'state' | 'reason'>>(
		`select j.slug as journey, e.contact_id, e.step, v.plan #>> array['steps', e.step, 'kind'] as kind, e.arrived_at as at
		 from enrollments e join journey_versions v on v.id = e.version_id join journeys j on j.id = e.journey_id
		 where e.state = 'waiting' and e.waiting_for = 'time'
		 and v.plan #>> array['steps', e.step, 'kind'] in ('send.email', 'send.text')`
	);
	return rows.map((row) => placed({ ...row, id: Infinity, state: 'held', reason: null }, idOf));
}

function placed(
	{ id, journey, contact_id, step, kind, state, reason, at }: Row,
	idOf: IdOf
): Placed<TraceMessage> {
	const printed: TraceMessage = {
		journey,
		contact: idOf(contact_id),
		step,
		channel: kind === 'send.text' ? 'text' : 'email',
		at: at.toISOString(),
		state: state === 'sent' || state === 'blocked' || state === 'failed' ? state : 'held',
		reason
	};
	return { at: at.getTime(), order: id, printed };
}
