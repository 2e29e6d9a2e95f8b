/** The due enrollments that one batch takes, locked until it commits, each with the contact it belongs to. */
import type { Awaited, EnrollmentState, Wake, World } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import type { KeyBatch, KeyRow } from '$lib/server/seal/contact-keys.ts';
import { isSealError } from '$lib/server/seal/errors.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { loadAnswers, withAnswer } from './call-answers.ts';
import { ClaimedState, SealedPerson } from './opened-when-read.ts';
import { STANDS_AT } from './plans.ts';
import { sharesOf, type Share } from './shares.ts';

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
	/** Those of the batch, with the contact's among them. */
	keys: KeyBatch;
	/** Why what woke it can't be read: the code of a SealError. */
	fault: string | null;
	/** Whether the contact's address stands among the suppressions. */
	isSuppressed: boolean;
	/** Whether anything was agreed with the contact (`restrictions`). */
	isRestricted: boolean;
}

/** An enrollment as it was claimed. */
export interface ClaimedRow extends KeyRow {
	id: number;
	timezone: string | null;
	created_at: number;
	has_email: boolean;
	has_phone: boolean;
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
	visited: string;
	/** Null with `attributes`, `sealed` and the key where nobody will look at them. */
	trigger: Record<string, unknown> | null;
	trigger_sealed: Buffer | null;
	attributes: Record<string, unknown> | null;
	sealed: Buffer | null;
	entry_event_id: number | null;
	last_event_id: number | null;
	before_event_id: number | null;
	/** Null: none. */
	lineage: string[] | null;
	left_at: Record<string, number> | null;
	entered_at: number;
	is_suppressed: boolean;
	is_restricted: boolean;
}

// Exact to the µs, and a third of what `extract` costs, which counts in decimals.
const ms = (column: string) => `round(date_part('epoch', ${column}) * 1000000) / 1000`;

/**
 * Whether an enrollment was set going by an event, a step or a hand-over, and so comes before the next event of the same
 * instant; what is due by time, or was moved to another version, comes after the events of its instant (§5.10).
 */
export const WAS_CAUSED = `(e.wake is not null and e.wake ->> 'kind' <> 'arrived' and e.wake ->> 'by' is distinct from 'time')`;

// An event that came before the enrollment's moment is routed first: it may end the wait, or the enrollment. Only the
// contact's next event is asked, the one that the router asks about: were an event behind it asked too, one that was told
// out of order (clocks of two machines, a late report) would hold the enrollment, and the enrollment the event. While the
// queue is empty, the bound prunes every partition and this costs nothing. Events held by a pause just over are older
// than any in the queue; only what one of them set going comes before the next. Whether there are any at all is asked once.
export const AFTER_ITS_EVENTS = `case when (select exists (select 1 from held_events)) and exists (
	select 1 from held_events h where h.contact_id = e.contact_id and h.journey_id = e.journey_id
) then ${WAS_CAUSED} else not (select exists (select 1 from event_queue)) or not exists (
	select 1 from (
		select ev.received_at from events ev
		where ev.contact_id = e.contact_id and ev.received_at >= (select min(received_at) from event_queue)
		and exists (select 1 from event_queue q where q.event_id = ev.id)
		order by ev.id limit 1
	) head where head.received_at < e.due_at or (head.received_at = e.due_at and not ${WAS_CAUSED})
) end`;

// What is sealed stays where it is when nobody will look at it; who is suppressed, or agreed on another
// address, is looked at for that.
const IS_LOOKED_AT = `(not e.is_impersonal or s.is_suppressed or s.is_restricted)`;
const ifLookedAt = (column: string) => `case when ${IS_LOOKED_AT} then ${column} end`;

const COLUMNS = `e.id, c.id, c.timezone, ${ms('c.created_at')}, c.email_mark is not null, c.phone_mark is not null, e.journey_id, e.version_id,
	e.least_version_id, e.state, e.step, ${ms('e.arrived_at')}, e.waiting_for, ${ms('e.due_at')}, e.wake, e.seq, e.visit_count, e.visited,
	${ifLookedAt('e.trigger')}, ${ifLookedAt('e.trigger_sealed')}, ${ifLookedAt('c.attributes')}, ${ifLookedAt('c.sealed')},
	e.entry_event_id, e.last_event_id, e.before_event_id, nullif(e.lineage, '{}'), e.left_at, ${ms('e.entered_at')},
	s.is_suppressed, s.is_restricted, k.dek_id, k.wrapped`;

// A row of them in their order.
type Columns = [
	id: ClaimedRow['id'],
	contact_id: ClaimedRow['contact_id'],
	timezone: ClaimedRow['timezone'],
	created_at: ClaimedRow['created_at'],
	has_email: ClaimedRow['has_email'],
	has_phone: ClaimedRow['has_phone'],
	journey_id: ClaimedRow['journey_id'],
	version_id: ClaimedRow['version_id'],
	least_version_id: ClaimedRow['least_version_id'],
	state: ClaimedRow['state'],
	step: ClaimedRow['step'],
	arrived_at: ClaimedRow['arrived_at'],
	waiting_for: ClaimedRow['waiting_for'],
	due_at: ClaimedRow['due_at'],
	wake: ClaimedRow['wake'],
	seq: ClaimedRow['seq'],
	visit_count: ClaimedRow['visit_count'],
	visited: ClaimedRow['visited'],
	trigger: ClaimedRow['trigger'],
	trigger_sealed: ClaimedRow['trigger_sealed'],
	attributes: ClaimedRow['attributes'],
	sealed: ClaimedRow['sealed'],
	entry_event_id: ClaimedRow['entry_event_id'],
	last_event_id: ClaimedRow['last_event_id'],
	before_event_id: ClaimedRow['before_event_id'],
	lineage: ClaimedRow['lineage'],
	left_at: ClaimedRow['left_at'],
	entered_at: ClaimedRow['entered_at'],
	is_suppressed: ClaimedRow['is_suppressed'],
	is_restricted: ClaimedRow['is_restricted'],
	dek_id: ClaimedRow['dek_id'],
	wrapped: ClaimedRow['wrapped']
];

// pg names the values of a row one by one, which takes longer than deciding about it, and leaves an object that is slow to read.
function named(at: Columns): ClaimedRow {
	return {
		id: at[0],
		contact_id: at[1],
		timezone: at[2],
		created_at: at[3],
		has_email: at[4],
		has_phone: at[5],
		journey_id: at[6],
		version_id: at[7],
		least_version_id: at[8],
		state: at[9],
		step: at[10],
		arrived_at: at[11],
		waiting_for: at[12],
		due_at: at[13],
		wake: at[14],
		seq: at[15],
		visit_count: at[16],
		visited: at[17],
		trigger: at[18],
		trigger_sealed: at[19],
		attributes: at[20],
		sealed: at[21],
		entry_event_id: at[22],
		last_event_id: at[23],
		before_event_id: at[24],
		lineage: at[25],
		left_at: at[26],
		entered_at: at[27],
		is_suppressed: at[28],
		is_restricted: at[29],
		dek_id: at[30],
		wrapped: at[31]
	};
}

/**
 * Straight from the row: a claiming CTE joined back to its own table replays steps with several workers. Journey by
 * journey, `j` being some of them with how many each may give, so that nobody looks at a paused one's overdue people. Their
 * contacts are looked up behind the lock: those that another lane holds are stepped over before. The fences keep the row of a
 * key from being fetched where it is not needed.
 */
const claim = (journeys: string, which: string) => `select ${COLUMNS}
from (
	select x.* from (${journeys}) j cross join lateral (
		select e.id, e.contact_id, e.journey_id, e.version_id, j.least_version_id, e.state, e.step, e.arrived_at, e.waiting_for, e.due_at,
			e.wake, e.seq, e.visit_count, e.visited, e.trigger, e.trigger_sealed, e.entry_event_id, e.last_event_id, e.before_event_id,
			e.lineage, e.left_at, e.entered_at, strpos(j.impersonal, ' ' || ${STANDS_AT} || ' ') > 0 as is_impersonal
		from enrollments e
		where e.journey_id = j.id and e.due_at <= $1 and ${which} and ${AFTER_ITS_EVENTS}
		order by e.due_at limit j.share
		for update of e skip locked
	) x limit $2
) e join contacts c on c.id = e.contact_id cross join lateral (
	select exists (select 1 from suppressions where email_mark = c.email_mark) as is_suppressed,
		exists (select 1 from restrictions where contact_id = c.id and ended_at is null) as is_restricted offset 0
) s left join lateral (
	select dek_id, wrapped from contact_keys where contact_id = e.contact_id and ${IS_LOOKED_AT} offset 0
) k on true`;
const CLAIM_DUE = claim(
	`select j.id, j.least_version_id, s.share, s.impersonal
		from unnest($3::int[], $4::int[], $6::text[]) with ordinality as s (id, share, impersonal, place)
		join journeys j on j.id = s.id and j.state = 'live' order by s.place`,
	'e.version_id <> all ($5::int[])'
);
const CLAIM_THESE = claim(
	`select j.id, j.least_version_id, $2::int as share, '' as impersonal from journeys j
		where j.state = 'live' and j.id in (select journey_id from enrollments where id = any($3))`,
	'e.id = any($3)'
);

export interface Claim {
	claimed: Claimed[];
	/** Whether some journey gave all that it was asked for, and so may have more. */
	isMore: boolean;
}

/** What is known of plans before anybody is claimed. */
export interface Known {
	/** Versions that are somebody else's to move. */
	except?: ReadonlySet<number>;
	/** By journey, how those stand whom nobody will look at (`impersonalStands`). */
	impersonal?: ReadonlyMap<number, readonly string[]>;
}

/** Claims about `limit` enrollments due at `now` (ms since 1970), some of every journey that has any. */
export async function claimDue(
	tx: Tx,
	vault: Vault,
	now: number,
	limit: number,
	{ except = new Set(), impersonal = new Map() }: Known = {}
): Promise<Claim> {
	const shares = await sharesOf(tx, now, limit);
	if (!shares.length) return { claimed: [], isMore: false };
	// Of thousands of journeys each gives one, though that is more than was asked for.
	const most = limit === 1 ? 1 : Math.max(limit, shares.length);
	const found = await tx.query<Columns>({
		name: 'claim-due',
		rowMode: 'array',
		text: CLAIM_DUE,
		values: [
			new Date(now),
			most,
			shares.map(({ id }) => id),
			shares.map(({ share }) => share),
			[...except],
			shares.map(({ id }) => ` ${(impersonal.get(id) ?? []).join(' ')} `)
		]
	});
	const rows = found.rows.map(named);
	const given = Map.groupBy(rows, (row) => row.journey_id);
	const isMore = shares.some(({ id, share, isAll }) => !isAll && (given.get(id)?.length ?? 0) >= share);
	return { claimed: await openAll(tx, vault, inOrder(rows, shares)), isMore };
}

/** Claims exactly `ids`, where they are still due and free; for finding the one row that breaks a batch. */
export async function claimThese(tx: Tx, vault: Vault, now: number, ids: number[]): Promise<Claimed[]> {
	const { rows } = await tx.query<Columns>({
		rowMode: 'array',
		text: CLAIM_THESE,
		values: [new Date(now), ids.length, ids]
	});
	return openAll(tx, vault, rows.map(named));
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

// SQL promises no order behind a join, whatever it does.
function inOrder(rows: ClaimedRow[], shares: readonly Share[]): ClaimedRow[] {
	const place = new Map(shares.map(({ id }, at) => [id, at]));
	const placeOf = (row: ClaimedRow) => place.get(row.journey_id) ?? 0;
	return rows.sort((one, other) => placeOf(one) - placeOf(other) || one.due_at - other.due_at);
}

async function openAll(tx: Tx, vault: Vault, rows: readonly ClaimedRow[]): Promise<Claimed[]> {
	const keys = await vault.keysInRows(rows);
	const answers = await loadAnswers(tx, rows);
	return rows.map((row) => fromRow(row, keys, answers));
}

// A row that somebody changed by hand must not stop the other people of its batch.
function wakeOf(
	row: ClaimedRow,
	contact: Claimed['contact'],
	keys: KeyBatch,
	answers: ReadonlyMap<number, Buffer>
): Pick<Claimed, 'wake' | 'fault'> {
	try {
		// Suppressions are looked for by the address before anybody decides.
		if (row.is_suppressed) void contact.email;
		return { wake: withAnswer(keys, row, answers), fault: null };
	} catch (error) {
		if (!isSealError(error)) throw error;
		return { wake: row.wake ?? { kind: 'due' }, fault: error.code };
	}
}

function fromRow(row: ClaimedRow, keys: KeyBatch, answers: ReadonlyMap<number, Buffer>): Claimed {
	const contact = new SealedPerson(keys, row);
	const { wake, fault } = wakeOf(row, contact, keys, answers);
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
		state: new ClaimedState(keys, row),
		contact,
		keys,
		fault,
		isSuppressed: row.is_suppressed,
		isRestricted: row.is_restricted
	};
}
