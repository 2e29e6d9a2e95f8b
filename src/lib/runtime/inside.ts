/** Who is inside journeys: contacts under lock, their open waits and their running enrollments. */
import type { EnrollmentState, World } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';

export interface LockedContact {
	id: number;
	fact: World['contact'];
}

export interface Wait {
	contactId: number;
	journeyId: number;
	event: string;
	enrollmentId: number;
	versionId: number;
	step: string;
	arrivedAt: number;
	/** When its time-out comes. */
	dueAt: number | null;
	afterEventId: number;
	trigger: Record<string, unknown>;
	/** Ended by an event of this batch. */
	taken: boolean;
}

export interface Inside {
	enrollmentId: number;
	contactId: number;
	journeyId: number;
	versionId: number;
	state: EnrollmentState;
	/** Ended by an event of this batch. */
	ended: boolean;
}

/** Locks contacts in the order of their public ids, as the intake does, so that two lockers never wait for each other in a circle. */
export async function lockContacts(tx: Tx, contactIds: number[]): Promise<Map<number, LockedContact>> {
	const { rows } = await tx.query<{
		id: number;
		public_id: string;
		email: string | null;
		phone: string | null;
		timezone: string | null;
		attributes: Record<string, unknown>;
		created_at: Date;
	}>(
		`select id, public_id, email, phone, timezone, attributes, created_at from contacts where id = any($1) order by public_id for no key update`,
		[[...new Set(contactIds)]]
	);
	return new Map(
		rows.map((row) => [
			row.id,
			{
				id: row.id,
				fact: {
					id: row.public_id,
					email: row.email,
					phone: row.phone,
					timezone: row.timezone,
					attributes: row.attributes,
					createdAt: row.created_at.getTime()
				}
			}
		])
	);
}

/** The open waits of `contactIds` for any of `names`, in live journeys: a paused one's events are held. */
export async function loadWaits(tx: Tx, contactIds: number[], names: string[]): Promise<Wait[]> {
	const { rows } = await tx.query<{
		contact_id: number;
		journey_id: number;
		event: string;
		enrollment_id: number;
		version_id: number;
		step: string;
		arrived_at: Date;
		after_event_id: number;
		due_at: Date | null;
		trigger: Record<string, unknown>;
	}>(
		`select w.contact_id, e.journey_id, w.event, w.enrollment_id, w.version_id, w.step, w.arrived_at, w.after_event_id, e.trigger, e.due_at
		 from event_waits w join enrollments e on e.id = w.enrollment_id join journeys j on j.id = e.journey_id
		 where w.contact_id = any($1) and w.event = any($2) and j.state = 'live' order by w.enrollment_id`,
		[contactIds, [...new Set(names)]]
	);
	return rows.map((row) => ({
		contactId: row.contact_id,
		journeyId: row.journey_id,
		event: row.event,
		enrollmentId: row.enrollment_id,
		versionId: row.version_id,
		step: row.step,
		arrivedAt: row.arrived_at.getTime(),
		dueAt: row.due_at?.getTime() ?? null,
		afterEventId: row.after_event_id,
		trigger: row.trigger,
		taken: false
	}));
}

/** The running enrollments of `contactIds` in live journeys, by journey's slug and order of entry. */
export async function loadInside(tx: Tx, contactIds: number[]): Promise<Inside[]> {
	const { rows } = await tx.query<{
		id: number;
		contact_id: number;
		journey_id: number;
		version_id: number;
		step: string;
		arrived_at: Date;
		arrivals: Record<string, number>;
		visit_count: number;
		entered_at: Date;
		trigger: Record<string, unknown>;
		entry_event_id: number | null;
		state: string;
	}>(
		`select distinct on (j.slug collate "C", e.id) e.id, e.contact_id, e.journey_id, e.version_id, e.step, e.arrived_at, e.arrivals,
		 e.visit_count, e.entered_at, e.trigger, e.entry_event_id, e.state
		 from enrollment_keys k join enrollments e on e.id = k.enrollment_id join journeys j on j.id = e.journey_id
		 where k.contact_id = any($1) and e.ended_at is null and j.state = 'live'
		 order by j.slug collate "C", e.id`,
		[contactIds]
	);
	return rows.map((row) => ({
		enrollmentId: row.id,
		contactId: row.contact_id,
		journeyId: row.journey_id,
		versionId: row.version_id,
		ended: false,
		state: {
			step: row.step,
			arrivedAt: row.arrived_at.getTime(),
			arrivals: row.arrivals,
			visitCount: row.visit_count,
			enteredAt: row.entered_at.getTime(),
			trigger: row.trigger,
			entryEventId: row.entry_event_id,
			standing: row.state === 'waiting'
		}
	}));
}

/** Which of `contactIds` are inside which of `journeyIds`, or held at their door by a pause, as "contact journey". */
export async function loadWhoIsInside(
	tx: Tx,
	contactIds: number[],
	journeyIds: number[]
): Promise<Set<string>> {
	if (!journeyIds.length) return new Set();
	const { rows } = await tx.query<{ contact_id: number; journey_id: number }>(
		`select distinct k.contact_id, k.journey_id from enrollment_keys k join enrollments e on e.id = k.enrollment_id
		 where k.contact_id = any($1) and k.journey_id = any($2) and e.ended_at is null
		 union select contact_id, journey_id from held_events where contact_id = any($1) and journey_id = any($2)`,
		[contactIds, journeyIds]
	);
	return new Set(rows.map((row) => `${row.contact_id} ${row.journey_id}`));
}
