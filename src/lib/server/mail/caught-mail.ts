/** The mails that were caught instead of sent. */
import { simpleParser } from 'mailparser';
import { ApiError } from '../api/errors.ts';
import type { Store } from '../app.ts';
import type { Db } from '../db/db.ts';
import { openHeads, openMail, type CaughtColumns, type MailHead } from '../people/caught.ts';
import { headerLines, readHeaders } from './mail-headers.ts';

export interface CaughtMail {
	id: number;
	/** Beside mails: text messages, and calls of other systems. */
	channel: 'email' | 'text' | 'call';
	/** Milliseconds since 1970. */
	caughtAt: number;
	from: string;
	to: string;
	subject: string;
	/** Stepwell's number of the person it was for, where the mail came from a journey. */
	contactId: number | null;
	journey: { slug: string; name: string } | null;
}

const PAGE = 50;
// A search opens what it looks through, so it looks through so many at a time, and so many in all.
const OPENED_AT_ONCE = 250;
const SEARCHED = 5000;

const COLUMNS = `c.id, c.channel, c.caught_at, c.contact_id, c.head, j.slug as journey_slug, j.name as journey_name`;
const FROM = `from caught_mails c
	left join messages m on m.id = c.message_id
	left join journey_versions v on v.id = coalesce(c.version_id, m.version_id)
	left join journeys j on j.id = v.journey_id`;

interface Row extends CaughtColumns {
	channel: CaughtMail['channel'];
	caught_at: Date;
	journey_slug: string | null;
	journey_name: string | null;
}

function fromRow(row: Row, { from, to, subject }: MailHead): CaughtMail {
	return {
		id: row.id,
		channel: row.channel,
		caughtAt: row.caught_at.getTime(),
		from,
		to: to.join(', '),
		subject,
		contactId: row.contact_id,
		journey:
			row.journey_slug === null
				? null
				: { slug: row.journey_slug, name: row.journey_name ?? row.journey_slug }
	};
}

/**
 * Newest first, 50 at a time, those older than the mail `before`. `search` is looked for in subject and addresses, of at
 * most 5,000 mails a page; `next` is the `before` of the following page. `doors`: also mails by which one could come in.
 */
export async function listCaughtMails(
	{ pool, vault }: Store,
	{ before, search, doors = false }: { before?: number; search?: string; doors?: boolean }
): Promise<{ mails: CaughtMail[]; next: number | null }> {
	const words = search?.trim().toLowerCase() ?? '';
	const mails: CaughtMail[] = [];
	let last = before ?? null;
	for (let looked = 0; looked < SEARCHED;) {
		const rows = await pageBefore(pool, last, doors, words ? OPENED_AT_ONCE : PAGE + 1);
		const heads = await openHeads(vault, rows);
		for (const [at, row] of rows.entries()) {
			const mail = fromRow(row, heads[at] ?? { from: '', to: [], subject: '' });
			if (!holds(mail, words)) continue;
			if (mails.length === PAGE) return { mails, next: mails.at(-1)?.id ?? null };
			mails.push(mail);
		}
		looked += rows.length;
		last = rows.at(-1)?.id ?? null;
		if (rows.length < (words ? OPENED_AT_ONCE : PAGE + 1)) return { mails, next: null };
	}
	return { mails, next: last };
}

function holds({ subject, to }: CaughtMail, words: string): boolean {
	return `${subject} ${to}`.toLowerCase().includes(words);
}

// As caught is as numbered: the key alone gives the order.
async function pageBefore(db: Db, before: number | null, doors: boolean, limit: number): Promise<Row[]> {
	const { rows } = await db.query<Row>(
		`select ${COLUMNS} ${FROM} where ($1::bigint is null or c.id < $1) and ($2 or not c.opens_door) order by c.id desc limit $3`,
		[before, doors, limit]
	);
	return rows;
}

export interface OpenedMail extends CaughtMail {
	/** The sender as the reader sees it: "Riverside Clinic <care@…>". */
	sender: string;
	headers: { name: string; value: string }[];
	html: string | null;
	text: string;
	/** The mail as it went over the wire. */
	source: string;
}

/** One mail, parsed; `doors` as for the list. Throws ApiError 'not-found'. */
export async function getCaughtMail({ pool, vault }: Store, id: number, doors = false): Promise<OpenedMail> {
	const found = await pool.query<Row & { sealed: Buffer }>(
		`select ${COLUMNS}, c.sealed ${FROM} where c.id = $1 and ($2 or not c.opens_door)`,
		[id, doors]
	);
	const row = found.rows[0];
	if (!row) throw new ApiError('not-found', 'There is no such mail.');
	const [head] = await openHeads(vault, [row]);
	const raw = await openMail(vault, row);
	const mail = fromRow(row, head ?? { from: '', to: [], subject: '' });
	if (row.channel !== 'email') return plainly(mail, raw);
	const parsed = await simpleParser(raw, { skipImageLinks: true, skipTextLinks: true, skipTextToHtml: true });
	return {
		...mail,
		sender: readHeaders(raw).get('from') ?? mail.from,
		headers: headerLines(raw).map(([name, value]) => ({ name, value })),
		html: parsed.html || null,
		text: parsed.text ?? '',
		source: raw.toString('utf8')
	};
}

/** What is no mail is kept as it reads. */
function plainly(mail: CaughtMail, raw: Buffer): OpenedMail {
	const source = raw.toString('utf8');
	return { ...mail, sender: mail.from, headers: [], html: null, text: source, source };
}
