/**
 * Puts what was set aside back where it waited. An event is routed by the order of arrival of its contact, so whatever of
 * theirs was set aside and came before it goes along. What came after it and was routed meanwhile stands: it is not taken back.
 * The event counts at the instant when it is tried again, as one does that a pause held (§5.5): it ends and wakes who was
 * inside when it came and is still, and whom it lets in begins now. Each cause lets in once, however often it is tried.
 */
import type { Tx } from '$lib/server/db/db.ts';
import { enqueueAdmit, enqueueRoute } from './door.ts';

/** Why something stays aside, or goes without a try. */
export type NoAsideRetry = 'over' | 'event-gone' | 'replanned' | 'not-live';

export interface AsideRetried {
	/** The contact of each that is tried again. */
	contacts: number[];
	refused: Partial<Record<NoAsideRetry, number>>;
}

interface Row {
	id: number;
	kind: 'event' | 'deferred' | 'planned';
	contact_id: number;
}

/** Tries these again, and the older events of the same people. `now` in ms since 1970. */
export async function retryAside(tx: Tx, ids: readonly number[], now: number): Promise<AsideRetried> {
	const rows = await lockThem(tx, ids);
	const idsOf = (kind: Row['kind']) => rows.filter((row) => row.kind === kind).map((row) => row.id);
	const events = await putEventsBack(tx, idsOf('event'));
	const deferred = await putDeferredBack(tx, idsOf('deferred'), now);
	const planned = await putPlannedBack(tx, idsOf('planned'));
	// Jobs last: whoever holds a job's row waits for nothing but other jobs.
	if (events.back.length) await enqueueRoute(tx);
	if (deferred.length || planned.back.length) await enqueueAdmit(tx);
	return {
		contacts: [...events.back, ...deferred, ...planned.back],
		refused: withoutZeros({
			over: ids.filter((id) => !rows.some((row) => row.id === id)).length,
			'event-gone': events.gone,
			replanned: planned.replanned,
			'not-live': idsOf('planned').length - planned.back.length - planned.replanned
		})
	};
}

// The people first, in the order of their ids, as whoever locks several does; then what is still there.
async function lockThem(tx: Tx, ids: readonly number[]): Promise<Row[]> {
	await tx.query(
		`select from contacts where id in (select contact_id from set_aside where id = any($1)) order by id for no key update`,
		[ids]
	);
	const { rows } = await tx.query<Row>(
		`select s.id, s.kind, s.contact_id from set_aside s where s.id = any($1) or (s.kind = 'event' and exists (
			select from set_aside later where later.id = any($1) and later.kind = 'event'
			and later.contact_id = s.contact_id and later.event_id > s.event_id
		)) order by s.id for update of s`,
		[ids]
	);
	return rows;
}

async function putEventsBack(tx: Tx, ids: readonly number[]): Promise<{ back: number[]; gone: number }> {
	if (!ids.length) return { back: [], gone: 0 };
	const { rows } = await tx.query<{ contact_id: number; is_there: boolean }>(
		`with taken as (
			delete from set_aside s where id = any($1) returning s.*,
				exists (select from events e where e.id = s.event_id and e.received_at = s.received_at) as is_there
		), queued as (
			insert into event_queue (event_id, received_at, progress, tries)
			select event_id, received_at, progress, tries from taken where journey_id is null and is_there
		), held as (
			insert into held_events (contact_id, journey_id, event_id, received_at, progress, tries)
			select contact_id, journey_id, event_id, received_at, progress, tries from taken where journey_id is not null and is_there
		)
		select contact_id, is_there from taken order by id`,
		[ids]
	);
	const back = rows.filter((row) => row.is_there);
	return { back: back.map((row) => row.contact_id), gone: rows.length - back.length };
}

async function putDeferredBack(tx: Tx, ids: readonly number[], now: number): Promise<number[]> {
	if (!ids.length) return [];
	const { rows } = await tx.query<{ contact_id: number }>(
		`with taken as (delete from set_aside where id = any($1) returning entry_id, tries)
		update deferred_entries d set due_at = $2, tries = t.tries from taken t where d.id = t.entry_id returning d.contact_id`,
		[ids, new Date(now)]
	);
	return rows.map((row) => row.contact_id);
}

// One of a paused journey would be taken and let nobody in (§5.5). One that was planned anew meanwhile, as a silence is that
// somebody broke, comes at its new time.
async function putPlannedBack(
	tx: Tx,
	ids: readonly number[]
): Promise<{ back: number[]; replanned: number }> {
	if (!ids.length) return { back: [], replanned: 0 };
	const { rows } = await tx.query<{ contact_id: number; is_back: boolean }>(
		`with taken as (
			delete from set_aside s using journeys j where s.id = any($1) and j.id = s.journey_id and j.state = 'live' returning s.*
		), put as (
			insert into planned_entries (journey_id, step, contact_id, occurrence, due_at, lineage, tries)
			select journey_id, step, contact_id, occurrence, due_at, lineage, tries from taken
			on conflict (journey_id, step, contact_id, occurrence) do nothing returning journey_id, step, contact_id, occurrence, true as is_put
		)
		select contact_id, p.is_put is not null as is_back
		from taken left join put p using (journey_id, step, contact_id, occurrence)`,
		[ids]
	);
	const back = rows.filter((row) => row.is_back);
	return { back: back.map((row) => row.contact_id), replanned: rows.length - back.length };
}

function withoutZeros(counts: Record<NoAsideRetry, number>): AsideRetried['refused'] {
	return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
