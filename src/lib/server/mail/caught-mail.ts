/** The mails that were caught instead of sent. */
import { simpleParser } from 'mailparser';
import { ApiError } from '../api/errors.ts';
import type { Db } from '../db/db.ts';
import { headerLines, readHeaders } from './mail-headers.ts';

export interface CaughtMail {
	id: number;
	/** Milliseconds since 1970. */
	caughtAt: number;
	from: string;
	to: string;
	subject: string;
	/** The person it was for, where the mail came from a journey. */
	contact: { id: string; name: string | null } | null;
	journey: { slug: string; name: string } | null;
}

const PAGE = 50;

const SELECT = `select c.id, c.caught_at, c.envelope_from, c.envelope_to, c.subject,
	p.public_id as contact_id, p.name as contact_name, j.slug as journey_slug, j.name as journey_name
	from caught_mails c
	left join messages m on m.id = c.message_id
	left join contacts p on p.id = m.contact_id
	left join journey_versions v on v.id = m.version_id
	left join journeys j on j.id = v.journey_id`;

interface Row {
	id: number;
	caught_at: Date;
	envelope_from: string;
	envelope_to: string[];
	subject: string;
	contact_id: string | null;
	contact_name: string | null;
	journey_slug: string | null;
	journey_name: string | null;
}

function fromRow(row: Row): CaughtMail {
	return {
		id: row.id,
		caughtAt: row.caught_at.getTime(),
		from: row.envelope_from,
		to: row.envelope_to.join(', '),
		subject: row.subject,
		contact: row.contact_id === null ? null : { id: row.contact_id, name: row.contact_name },
		journey:
			row.journey_slug === null
				? null
				: { slug: row.journey_slug, name: row.journey_name ?? row.journey_slug }
	};
}

/**
 * Newest first, 50 at a time, those older than the mail `before`. `search` is looked for in subject and addresses; `next` is
 * the `before` of the following page.
 */
export async function listCaughtMails(
	db: Db,
	{ before, search }: { before?: number; search?: string }
): Promise<{ mails: CaughtMail[]; next: number | null }> {
	// As caught is as numbered: the key alone gives the order.
	const found = await db.query<Row>(
		`${SELECT} where ($1::bigint is null or c.id < $1)
			and ($2::text is null or strpos(lower(c.subject || ' ' || array_to_string(c.envelope_to, ' ') || ' ' || coalesce(p.name, '')), lower($2)) > 0)
		 order by c.id desc limit $3`,
		[before ?? null, search?.trim() || null, PAGE + 1]
	);
	const mails = found.rows.slice(0, PAGE).map(fromRow);
	return { mails, next: found.rows.length > PAGE ? (mails.at(-1)?.id ?? null) : null };
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

/** One mail, parsed. Throws ApiError 'not-found'. */
export async function getCaughtMail(db: Db, id: number): Promise<OpenedMail> {
	const found = await db.query<Row & { raw: Buffer }>(
		`${SELECT.replace('c.subject,', 'c.subject, c.raw,')} where c.id = $1`,
		[id]
	);
	const row = found.rows[0];
	if (!row) throw new ApiError('not-found', 'There is no such mail.');
	const parsed = await simpleParser(row.raw, {
		skipImageLinks: true,
		skipTextLinks: true,
		skipTextToHtml: true
	});
	return {
		...fromRow(row),
		sender: readHeaders(row.raw).get('from') ?? row.envelope_from,
		headers: headerLines(row.raw).map(([name, value]) => ({ name, value })),
		html: parsed.html || null,
		text: parsed.text ?? '',
		source: row.raw.toString('utf8')
	};
}
