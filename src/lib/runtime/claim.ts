/** The due enrollments that one batch takes, locked until it commits, each with the contact it belongs to. */
import type { Tx } from '$lib/server/db/db.ts';
import type { EnrollmentState, Wake, World } from '$lib/journey/index.ts';

export interface Claimed {
	id: number;
	contactId: number;
	journeyId: number;
	versionId: number;
	seq: number;
	waitingFor: 'time' | 'event' | 'handover' | null;
	dueAt: number;
	/** Event that brought the enrollment where it stands; 0 for none. */
	lastEventId: number;
	wake: Wake & { eventId?: number };
	state: EnrollmentState;
	contact: World['contact'];
}

interface Row {
	id: number;
	contact_id: number;
	journey_id: number;
	version_id: number;
	state: string;
	step: string;
	arrived_at: number;
	waiting_for: Claimed['waitingFor'];
	due_at: number;
	wake: Claimed['wake'] | null;
	seq: number;
	visit_count: number;
	arrivals: Record<string, number>;
	trigger: Record<string, unknown>;
	entry_event_id: number | null;
	last_event_id: number | null;
	entered_at: number;
	public_id: string;
	email: string | null;
	phone: string | null;
	timezone: string | null;
	attributes: Record<string, unknown>;
	created_at: number;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/**
 * Straight from the row: a claiming CTE joined back to its own table replays steps with several workers. The contact is
 * locked too, so that the router can't end a wait, nor another batch send to the same person, in the middle of ours;
 * a contact that is busy elsewhere is skipped and claimed again a moment later.
 */
const CLAIM = `select e.id, e.contact_id, e.journey_id, e.version_id, e.state, e.step, ${ms('e.arrived_at')} as arrived_at,
	e.waiting_for, ${ms('e.due_at')} as due_at, e.wake, e.seq, e.visit_count, e.arrivals, e.trigger, e.entry_event_id, e.last_event_id,
	${ms('e.entered_at')} as entered_at, c.public_id, c.email, c.phone, c.timezone, c.attributes, ${ms('c.created_at')} as created_at
	from enrollments e
	join contacts c on c.id = e.contact_id
	join journeys j on j.id = e.journey_id
	where e.due_at <= $1 and j.state = 'live' and not (e.id = any($3))
	order by e.due_at
	limit $2
	for no key update of c skip locked for update of e skip locked`;

/** Claims up to `limit` enrollments due at `now` (ms since 1970), without those in `except`. */
export async function claimDue(
	tx: Tx,
	now: number,
	limit: number,
	except: number[] = []
): Promise<Claimed[]> {
	const { rows } = await tx.query<Row>({
		name: 'claim-due',
		text: CLAIM,
		values: [new Date(now), limit, except]
	});
	return rows.map(fromRow);
}

/** Claims exactly `ids`, where they are still due and free; for finding the one row that breaks a batch. */
export async function claimThese(tx: Tx, now: number, ids: number[]): Promise<Claimed[]> {
	const { rows } = await tx.query<Row>(CLAIM.replace('not (e.id = any($3))', 'e.id = any($3)'), [
		new Date(now),
		ids.length,
		ids
	]);
	return rows.map(fromRow);
}

function fromRow(row: Row): Claimed {
	return {
		id: row.id,
		contactId: row.contact_id,
		journeyId: row.journey_id,
		versionId: row.version_id,
		seq: row.seq,
		waitingFor: row.waiting_for,
		dueAt: row.due_at,
		lastEventId: row.last_event_id ?? 0,
		wake: row.wake ?? { kind: 'due' },
		state: {
			step: row.step,
			arrivedAt: row.arrived_at,
			arrivals: row.arrivals,
			visitCount: row.visit_count,
			enteredAt: row.entered_at,
			trigger: row.trigger,
			entryEventId: row.entry_event_id,
			standing: row.state === 'waiting'
		},
		contact: {
			id: row.public_id,
			email: row.email,
			phone: row.phone,
			timezone: row.timezone,
			attributes: row.attributes,
			createdAt: row.created_at
		}
	};
}
