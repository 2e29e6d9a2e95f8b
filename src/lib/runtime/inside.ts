/** Who is inside journeys: contacts under lock, their open waits and their running enrollments. */
import type { EnrollmentState, World } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { CONTACT_COLUMNS, factOf, openContact, type ContactRow } from '$lib/server/people/contact-store.ts';
import { openTrigger } from '$lib/server/people/payloads.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';
import { readVisited } from './visited.ts';

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

/**
 * Locks contacts in the order of their ids, as the intake does, so that two lockers never wait for each other in a circle.
 * One that can't be opened is locked too, and stands there without a fact.
 */
export async function lockContacts(
	tx: Tx,
	vault: Vault,
	contactIds: number[]
): Promise<Map<number, LockedContact | null>> {
	const { rows } = await tx.query<ContactRow>(
		`select ${CONTACT_COLUMNS} from contacts c where c.id = any($1) order by c.id for no key update`,
		[[...new Set(contactIds)]]
	);
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	return new Map(
		rows.map((row) => {
			const contact = unlessSealed(() => openContact(keys, row));
			return [row.contact_id, contact ? { id: contact.id, fact: factOf(contact) } : null];
		})
	);
}

/** Rows with the payload they entered with; those whose payload can't be opened are left out, and fail at their own turn. */
async function withTriggers<
	Row extends {
		id: number;
		contact_id: number;
		trigger: Record<string, unknown>;
		trigger_sealed: Buffer | null;
	},
	T
>(vault: Vault, rows: Row[], make: (row: Row, trigger: Record<string, unknown>) => T): Promise<T[]> {
	const keys = await vault.keysToOpen(rows.filter((row) => row.trigger_sealed).map((row) => row.contact_id));
	return rows.flatMap((row) => {
		const trigger = unlessSealed(() => openTrigger(keys, row));
		return trigger ? [make(row, trigger)] : [];
	});
}

/** The open waits of `contactIds` for any of `names`, in live journeys: a paused one's events are held. */
export async function loadWaits(
	tx: Tx,
	vault: Vault,
	contactIds: number[],
	names: string[]
): Promise<Wait[]> {
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
		id: number;
		trigger: Record<string, unknown>;
		trigger_sealed: Buffer | null;
	}>(
		`select e.id, w.contact_id, e.journey_id, w.event, w.enrollment_id, w.version_id, w.step, w.arrived_at, w.after_event_id, e.trigger, e.trigger_sealed, e.due_at
		 from event_waits w join enrollments e on e.id = w.enrollment_id join journeys j on j.id = e.journey_id
		 where w.contact_id = any($1) and w.event = any($2) and j.state = 'live' order by w.enrollment_id`,
		[contactIds, [...new Set(names)]]
	);
	return withTriggers(vault, rows, (row, trigger) => ({
		contactId: row.contact_id,
		journeyId: row.journey_id,
		event: row.event,
		enrollmentId: row.enrollment_id,
		versionId: row.version_id,
		step: row.step,
		arrivedAt: row.arrived_at.getTime(),
		dueAt: row.due_at?.getTime() ?? null,
		afterEventId: row.after_event_id,
		trigger,
		taken: false
	}));
}

/** The running enrollments of `contactIds` in live journeys, by journey's slug and order of entry. */
export async function loadInside(tx: Tx, vault: Vault, contactIds: number[]): Promise<Inside[]> {
	const { rows } = await tx.query<{
		id: number;
		contact_id: number;
		journey_id: number;
		version_id: number;
		step: string;
		arrived_at: Date;
		visited: string;
		visit_count: number;
		entered_at: Date;
		trigger: Record<string, unknown>;
		trigger_sealed: Buffer | null;
		entry_event_id: number | null;
		before_event_id: number | null;
		state: string;
	}>(
		`select distinct on (j.slug collate "C", e.id) e.id, e.contact_id, e.journey_id, e.version_id, e.step, e.arrived_at, e.visited,
		 e.visit_count, e.entered_at, e.trigger, e.trigger_sealed, e.entry_event_id, e.before_event_id, e.state
		 from enrollment_keys k join enrollments e on e.id = k.enrollment_id join journeys j on j.id = e.journey_id
		 where k.contact_id = any($1) and e.ended_at is null and j.state = 'live'
		 order by j.slug collate "C", e.id`,
		[contactIds]
	);
	return withTriggers(vault, rows, (row, trigger) => ({
		enrollmentId: row.id,
		contactId: row.contact_id,
		journeyId: row.journey_id,
		versionId: row.version_id,
		ended: false,
		state: {
			step: row.step,
			arrivedAt: row.arrived_at.getTime(),
			arrivals: readVisited(row.visited),
			visitCount: row.visit_count,
			enteredAt: row.entered_at.getTime(),
			trigger,
			entryEventId: row.entry_event_id,
			...(row.before_event_id === null ? {} : { lastEventId: row.before_event_id }),
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
