/** What could not be routed or let in and waits for somebody, as an operator sees it: by number, and by a code, never by who or what it says. */
import { retryAside, type NoAsideRetry } from '$lib/runtime/retry-aside.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Db } from '../db/db.ts';
import { codeWords } from './jobs.ts';
import { COUNTED } from './state.ts';

export interface AsideRow {
	id: number;
	kind: 'event' | 'deferred' | 'planned';
	/** Its name, of an event. */
	event: string | null;
	/** The journey that it was for; null for an event that was for all of them. */
	journey: { slug: string; name: string } | null;
	/** The inner number of the person; never who it is. */
	contact: number;
	reason: string;
	at: Date;
	tries: number;
}

export interface AsideGroup {
	reason: string;
	count: number;
}

export interface AsideList {
	/** By reason, the most first. */
	groups: AsideGroup[];
	/** The newest first, at most 50. */
	rows: AsideRow[];
	/** How many there are in all, counted up to `COUNTED`. */
	total: number;
}

const SHOWN_ROWS = 50;

const GROUPS = `select reason, count(*)::int as count from (
	select reason from set_aside order by id desc limit $1
) newest group by 1 order by 2 desc, 1`;

const ROWS = `select s.id, s.kind, e.name as event, s.contact_id as contact, s.reason, s.at, s.tries, j.slug, j.name as journey
	from (select * from set_aside order by id desc limit $1) s
	left join journeys j on j.id = s.journey_id
	left join events e on s.kind = 'event' and e.id = s.event_id and e.received_at = s.received_at
	order by s.id desc`;

type Row = Omit<AsideRow, 'journey'> & { slug: string | null; journey: string | null };

export async function listAside(db: Db): Promise<AsideList> {
	const groups = await countAside(db);
	const { rows } = await db.query<Row>(ROWS, [SHOWN_ROWS]);
	return {
		groups,
		rows: rows.map(({ slug, journey, ...row }) => ({
			...row,
			journey: slug === null || journey === null ? null : { slug, name: journey }
		})),
		total: groups.reduce((sum, { count }) => sum + count, 0)
	};
}

/** How many of each reason, of the newest `COUNTED`. */
export async function countAside(db: Db): Promise<AsideGroup[]> {
	return (await db.query<AsideGroup>(GROUPS, [COUNTED])).rows;
}

const words: Record<string, string> = {
	'person-unreadable':
		'What is kept about this person can’t be opened: a key is missing, or a row was changed.',
	'event-unreadable': 'What the event says can’t be opened: a key is missing, or its row was changed.',
	'entry-unreadable': 'What the entry brings along can’t be opened: a key is missing, or its row was changed.'
};

/** What a reason means to whoever mends it. */
export function asideWords(reason: string): string {
	return words[reason] ?? codeWords(reason);
}

/** So many in one transaction, which holds their contacts. */
export const ASIDE_AT_ONCE = 100;

export interface AsideOutcome {
	/** How many are tried again; with them go the older events of the same people. */
	retried: number;
	/** How many are not, by why. */
	refused: Partial<Record<NoAsideRetry, number>>;
	/** Give it back as `after` for those that are left; null when all were tried. */
	next: number | null;
}

/** Tries one again. */
export async function retryAsideOne(app: App, id: number, entry: MakeEntry): Promise<AsideOutcome> {
	return { ...(await retryThese(app, [id], { setAside: id }, entry)), next: null };
}

/**
 * Tries the next 100 with a reason again, the newest first, from behind `after` on (0: from the newest). What fails again gets
 * a number of its own, above all that were there, so that it is not among the next.
 */
export async function retryAsideMany(
	app: App,
	reason: string,
	after: number,
	entry: MakeEntry
): Promise<AsideOutcome> {
	const { rows } = await app.pool.query<{ id: number }>(
		'select id from set_aside where reason = $1 and ($2::bigint = 0 or id < $2) order by id desc limit $3',
		[reason, after, ASIDE_AT_ONCE]
	);
	const ids = rows.map(({ id }) => id);
	return {
		...(await retryThese(app, ids, { reason }, entry)),
		next: ids.length < ASIDE_AT_ONCE ? null : (ids.at(-1) ?? null)
	};
}

function retryThese(
	app: App,
	ids: readonly number[],
	details: Record<string, string | number>,
	entry: MakeEntry
): Promise<Omit<AsideOutcome, 'next'>> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const { contacts, refused } = await retryAside(tx, ids, app.clock.now());
		if (contacts.length > 0)
			audit(
				entry({
					action: 'aside.retry',
					subject: { kind: 'contact', ids: [...new Set(contacts)].map(String) },
					details: { ...details, retried: contacts.length }
				})
			);
		return { retried: contacts.length, refused };
	});
}
