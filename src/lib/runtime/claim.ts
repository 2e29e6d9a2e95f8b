/** The due enrollments that one batch takes, locked until it commits, each with the contact it belongs to. */
import type { Awaited, EnrollmentState, Wake, World } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { CONTACT_COLUMNS, factOf, openContact, type ContactRow } from '$lib/server/people/contact-store.ts';
import { openTrigger } from '$lib/server/people/payloads.ts';
import type { KeyBatch } from '$lib/server/seal/contact-keys.ts';
import { isSealError } from '$lib/server/seal/errors.ts';
import type { SealingKey } from '$lib/server/seal/sealed.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { loadAnswers, withAnswer } from './call-answers.ts';
import { sharesOf } from './shares.ts';

export interface Claimed {
	id: number;
	contactId: number;
	journeyId: number;
	versionId: number;
	/** The oldest version of the journey that anybody may still be on; null while all are. */
	leastVersionId: number | null;
	seq: number;
	waitingFor: Awaited | null;
	dueAt: number;
	/** Event that brought the enrollment where it stands; 0 for none. */
	lastEventId: number;
	/** `call`: whose answer wakes it. */
	wake: Wake & { eventId?: number; call?: number };
	/** The same as its row holds it, without what is sealed elsewhere. */
	storedWake: Claimed['wake'] | null;
	state: EnrollmentState;
	contact: World['contact'];
	/** The contact's; undefined with a `fault`. */
	key: SealingKey | undefined;
	/** Why what is about the person can't be read: the code of a SealError. */
	fault: string | null;
	/** Whether the contact's address stands among the suppressions. */
	isSuppressed: boolean;
	/** Whether anything was agreed with the contact (`restrictions`). */
	isRestricted: boolean;
}

interface Row extends ContactRow {
	id: number;
	journey_id: number;
	version_id: number;
	least_version_id: number | null;
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
	trigger_sealed: Buffer | null;
	entry_event_id: number | null;
	last_event_id: number | null;
	before_event_id: number | null;
	lineage: string[];
	left_at: Record<string, number> | null;
	entered_at: number;
	is_suppressed: boolean;
	is_restricted: boolean;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/**
/**
 * Whether an enrollment was set going by an event, a step or a hand-over, and so comes before the next event of the same
 * instant; what is due by time, or was moved to another version, comes after the events of its instant (§5.10).
 */
export const WAS_CAUSED = `(e.wake is not null and e.wake ->> 'kind' <> 'arrived' and e.wake ->> 'by' is distinct from 'time')`;

// An event that came before the enrollment's moment is routed first: it may end the wait, or the enrollment. Only the
// contact's next event is asked, the one that the router asks about: were an event behind it asked too, one that was told
// out of order (clocks of two machines, a late report) would hold the enrollment, and the enrollment the event. While the
// queue is empty, the bound prunes every partition and this costs nothing. Events held by a pause just over are older
// than any in the queue; only what one of them set going comes before the next.
export const AFTER_ITS_EVENTS = `case when exists (
	select 1 from held_events h where h.contact_id = e.contact_id and h.journey_id = e.journey_id
) then ${WAS_CAUSED} else not exists (
	select 1 from (
		select ev.received_at from events ev
		where ev.contact_id = e.contact_id and ev.received_at >= (select min(received_at) from event_queue)
		and exists (select 1 from event_queue q where q.event_id = ev.id)
		order by ev.id limit 1
	) head where head.received_at < e.due_at or (head.received_at = e.due_at and not ${WAS_CAUSED})
) end`;

/**
 * Straight from the row: a claiming CTE joined back to its own table replays steps with several workers. Journey by
 * journey, `j` being some of them with how many each may give, so that nobody looks at a paused one's overdue people.
 */
const claim = (journeys: string, which: string) => `select x.* from (${journeys}) j cross join lateral (
	select e.id, e.journey_id, e.version_id, j.least_version_id, e.state, e.step, ${ms('e.arrived_at')} as arrived_at,
	e.waiting_for, ${ms('e.due_at')} as due_at, e.wake, e.seq, e.visit_count, e.arrivals, e.trigger, e.trigger_sealed, e.entry_event_id, e.last_event_id, e.before_event_id, e.lineage, e.left_at,
	${ms('e.entered_at')} as entered_at, ${CONTACT_COLUMNS},
	exists (select 1 from suppressions s where s.email_mark = c.email_mark) as is_suppressed,
	exists (select 1 from restrictions r where r.contact_id = c.id and r.ended_at is null) as is_restricted
	from enrollments e join contacts c on c.id = e.contact_id
	where e.journey_id = j.id and e.due_at <= $1 and ${which} and ${AFTER_ITS_EVENTS}
	order by e.due_at limit j.share
	for update of e skip locked
) x limit $2`;
const CLAIM_DUE = claim(
	`select j.id, j.least_version_id, s.share from unnest($3::int[], $4::int[]) with ordinality as s (id, share, place)
		join journeys j on j.id = s.id and j.state = 'live' order by s.place`,
	'e.version_id <> all ($5::int[])'
);
const CLAIM_THESE = claim(
	`select j.id, j.least_version_id, $2::int as share from journeys j
		where j.state = 'live' and j.id in (select journey_id from enrollments where id = any($3))`,
	'e.id = any($3)'
);

export interface Claim {
	claimed: Claimed[];
	/** Whether some journey gave all that it was asked for, and so may have more. */
	isMore: boolean;
}

/** Claims about `limit` enrollments due at `now` (ms since 1970), some of every journey that has any, none of the versions `except`. */
export async function claimDue(
	tx: Tx,
	vault: Vault,
	now: number,
	limit: number,
	except: readonly number[] = []
): Promise<Claim> {
	const shares = await sharesOf(tx, now, limit);
	if (!shares.length) return { claimed: [], isMore: false };
	// Of thousands of journeys each gives one, though that is more than was asked for.
	const most = limit === 1 ? 1 : Math.max(limit, shares.length);
	const { rows } = await tx.query<Row>({
		name: 'claim-due',
		text: CLAIM_DUE,
		values: [new Date(now), most, shares.map(({ id }) => id), shares.map(({ share }) => share), except]
	});
	const given = Map.groupBy(rows, (row) => row.journey_id);
	const isMore = shares.some(({ id, share, isAll }) => !isAll && (given.get(id)?.length ?? 0) >= share);
	return { claimed: await openAll(tx, vault, rows), isMore };
}

/** Claims exactly `ids`, where they are still due and free; for finding the one row that breaks a batch. */
export async function claimThese(tx: Tx, vault: Vault, now: number, ids: number[]): Promise<Claimed[]> {
	const { rows } = await tx.query<Row>(CLAIM_THESE, [new Date(now), ids.length, ids]);
	return openAll(tx, vault, rows);
}

/**
 * Of `claimed`, those whose contact nobody else works on. The contact is locked where the router or another batch could
 * decide something about the same person in between: a wait for an event, an exit rule or goal, a cap on marketing. It
 * costs a WAL record each, so other journeys go without. A busy contact is claimed again a moment later.
 */
export async function lockPeople(
	tx: Tx,
	claimed: Claimed[],
	isShared: (each: Claimed) => boolean
): Promise<Claimed[]> {
	const shared = claimed.filter(isShared);
	if (!shared.length) return claimed;
	const { rows } = await tx.query<{ id: number }>(
		'select id from contacts where id = any($1) for no key update skip locked',
		[shared.map((each) => each.contactId)]
	);
	const locked = new Set(rows.map((row) => row.id));
	return claimed.filter((each) => locked.has(each.contactId) || !isShared(each));
}

async function openAll(tx: Tx, vault: Vault, rows: readonly Row[]): Promise<Claimed[]> {
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	const answers = await loadAnswers(tx, rows);
	return rows.map((row) => fromRow(row, opened(keys, row, answers)));
}

type Opened = Pick<Claimed, 'contact' | 'key' | 'fault' | 'wake'> & Pick<EnrollmentState, 'trigger'>;

// A shredded contact, or a row that somebody changed by hand, must not stop the other people of its batch.
function opened(keys: KeyBatch, row: Row, answers: ReadonlyMap<number, Buffer>): Opened {
	try {
		return {
			contact: factOf(openContact(keys, row)),
			trigger: openTrigger(keys, row),
			wake: withAnswer(keys, row, answers),
			key: keys.get(row.contact_id),
			fault: null
		};
	} catch (error) {
		if (!isSealError(error)) throw error;
		const { timezone, created_at: createdAt } = row;
		const contact = { id: '', email: null, phone: null, timezone, attributes: {}, createdAt };
		return { contact, trigger: {}, wake: row.wake ?? { kind: 'due' }, key: undefined, fault: error.code };
	}
}

function fromRow(row: Row, { contact, trigger, wake, key, fault }: Opened): Claimed {
	return {
		id: row.id,
		contactId: row.contact_id,
		journeyId: row.journey_id,
		versionId: row.version_id,
		leastVersionId: row.least_version_id,
		seq: row.seq,
		waitingFor: row.waiting_for,
		dueAt: row.due_at,
		lastEventId: row.last_event_id ?? 0,
		wake,
		storedWake: row.wake,
		state: {
			step: row.step,
			arrivedAt: row.arrived_at,
			arrivals: row.arrivals,
			visitCount: row.visit_count,
			enteredAt: row.entered_at,
			trigger,
			entryEventId: row.entry_event_id,
			...(row.before_event_id === null ? {} : { lastEventId: row.before_event_id }),
			...(row.lineage.length ? { lineage: row.lineage } : {}),
			...(row.left_at ? { leftAt: row.left_at } : {}),
			standing: row.state === 'waiting'
		},
		contact,
		key,
		fault,
		isSuppressed: row.is_suppressed,
		isRestricted: row.is_restricted
	};
}
