/**
 * Sets aside what can't be routed or let in, so that it holds up nobody: it waits for somebody who mends the cause and has it
 * tried again (`retry-aside.ts`). Each is in one place at a time, in its queue or here, and moves with one transaction; `tries`
 * goes along, so that what fails again comes back with one more.
 */
import type { Tx } from '$lib/server/db/db.ts';
import type { QueuedEvent } from './queued-events.ts';

/** What is told to the log: nothing says anything about the person. */
export interface Aside {
	kind: 'event' | 'deferred' | 'planned';
	/** The event's number, or the journey's of an entry. */
	id: number;
	/** `person-unreadable`, a code of PostgreSQL or of sealing, `internal`. */
	reason: string;
}

/** `error`: the bug, where it was one. */
export type OnAside = (aside: Aside, error?: unknown) => void;

// Of somebody who was deleted meanwhile nothing is kept.
const takeFrom = (
	queued: string
) => `with gone as (delete from ${queued} returning event_id, received_at, progress, tries)
insert into set_aside (kind, contact_id, journey_id, event_id, received_at, progress, reason, at, tries)
select 'event', c.id, $5::int, event_id, received_at, progress, $3, $4, tries + 1 from gone join contacts c on c.id = $1`;
const TAKE_QUEUED = takeFrom('event_queue where event_id = $2');
const TAKE_HELD = takeFrom('held_events where event_id = $2 and contact_id = $1 and journey_id = $5');

/** Sets one event aside, where it is queued still; tells whether it was. The caller holds the router. */
export async function setEventAside(
	tx: Tx,
	event: QueuedEvent,
	reason: string,
	now: number
): Promise<boolean> {
	await tx.query('select from contacts where id = $1 for no key update', [event.contactId]);
	const { rowCount } = await tx.query(event.heldFor === null ? TAKE_QUEUED : TAKE_HELD, [
		event.contactId,
		event.id,
		reason,
		new Date(now),
		event.heldFor
	]);
	return rowCount !== 0;
}

/** Sets deferred entries aside, which keep their rows and are due at no time. The caller holds their contacts. */
export async function setDeferredAside(
	tx: Tx,
	entries: readonly { id: number; reason: string }[],
	now: number
): Promise<void> {
	if (!entries.length) return;
	await tx.query(
		`with aside as (
			update deferred_entries d set due_at = null from unnest($1::bigint[], $2::text[]) as u (id, reason)
			where d.id = u.id returning d.id, d.contact_id, d.journey_id, d.tries, u.reason
		)
		insert into set_aside (kind, contact_id, journey_id, entry_id, reason, at, tries)
		select 'deferred', contact_id, journey_id, id, reason, $3, tries + 1 from aside`,
		[entries.map(({ id }) => id), entries.map(({ reason }) => reason), new Date(now)]
	);
}

/** An entry by time, as it was taken from those that are planned, or as a run would have made it. */
export interface PlannedAside {
	journey_id: number;
	step: string;
	contact_id: number;
	occurrence: string;
	due_at: Date;
	lineage: readonly string[];
	/** How often it was set aside before. */
	tries: number;
}

/** Sets entries by time aside that were taken from those that are planned. The caller holds their contacts. */
export async function setPlannedAside(
	tx: Tx,
	entries: readonly PlannedAside[],
	reason: string,
	now: number
): Promise<void> {
	if (!entries.length) return;
	const column = <T>(of: (entry: PlannedAside) => T) => entries.map(of);
	await tx.query(
		`insert into set_aside (kind, contact_id, journey_id, step, occurrence, due_at, lineage, reason, at, tries)
		 select 'planned', contact_id, journey_id, step, occurrence, due_at, string_to_array(lineage, ' '), $8, $9, tries + 1
		 from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::smallint[])
			as p (contact_id, journey_id, step, occurrence, due_at, lineage, tries)
		 on conflict (journey_id, step, contact_id, occurrence) where kind = 'planned' do nothing`,
		[
			column((entry) => entry.contact_id),
			column((entry) => entry.journey_id),
			column((entry) => entry.step),
			column((entry) => entry.occurrence),
			column((entry) => entry.due_at),
			column((entry) => entry.lineage.join(' ')),
			column((entry) => entry.tries),
			reason,
			new Date(now)
		]
	);
}

/** Why an error set something aside, as a code that is safe to show: its own or its cause's, else `internal`. */
export function reasonOf(error: unknown): string {
	for (let at = error; at instanceof Error; at = at.cause) {
		const { code } = at as { code?: unknown };
		if (typeof code === 'string' && /^[\w.-]{1,40}$/.test(code)) return code;
	}
	return 'internal';
}
