/** The rows behind the facts: one statement for each kind, for all the people who are asked about. */
import type { ConsentFact, EventFact, World } from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';
import { marksOf } from '$lib/server/people/marks.ts';
import { openProperties } from '$lib/server/people/payloads.ts';
import { unlessSealed } from '$lib/server/people/unless-sealed.ts';
import type { KeyBatch } from '$lib/server/seal/contact-keys.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import type { Facts } from './facts.ts';

const time = (value: Date | null) => value?.getTime() ?? null;

function groupBy<Row, Key, Value>(
	rows: Row[],
	keyOf: (row: Row) => Key,
	valueOf: (row: Row) => Value
): Map<Key, Value[]> {
	const groups = new Map<Key, Value[]>();
	for (const row of rows) {
		const key = keyOf(row);
		const group = groups.get(key);
		if (group) group.push(valueOf(row));
		else groups.set(key, [valueOf(row)]);
	}
	return groups;
}

export interface EventRow {
	contact_id: number;
	id: number;
	name: string;
	occurred_at: Date;
	properties: Record<string, unknown>;
	sealed: Buffer | null;
}

/** An event out of its row. Throws a SealError where its properties can't be opened. */
export function eventFrom(keys: KeyBatch, row: EventRow): EventFact {
	return {
		id: row.id,
		name: row.name,
		occurredAt: row.occurred_at.getTime(),
		properties: openProperties(keys, row)
	};
}

/** The events of contacts with these names, and of whom one can't be opened. */
export async function eventsOf(
	db: Db,
	vault: Vault,
	contactIds: number[],
	names: string[]
): Promise<Pick<Facts, 'events' | 'unreadable'>> {
	if (!contactIds.length) return { events: new Map(), unreadable: new Set() };
	const any = names.includes('*');
	const { rows } = await db.query<EventRow>(
		`select contact_id, id, name, occurred_at, properties, sealed from events where contact_id = any($1) and ($3 or name = any($2))`,
		[contactIds, names, any]
	);
	const keys = await vault.keysToOpen(rows.filter((row) => row.sealed).map((row) => row.contact_id));
	const unreadable = new Set<number>();
	const events = groupBy(
		rows,
		(row) => row.contact_id,
		(row) => ({
			id: row.id,
			name: row.name,
			occurredAt: row.occurred_at.getTime(),
			properties: unlessSealed(() => openProperties(keys, row)) ?? markUnreadable(unreadable, row.contact_id)
		})
	);
	return { events, unreadable };
}

function markUnreadable(unreadable: Set<number>, contactId: number): Record<string, unknown> {
	unreadable.add(contactId);
	return {};
}

/** What contacts agreed to, and took back. */
export async function consentsOf(db: Db, contactIds: number[]): Promise<Facts['consents']> {
	if (!contactIds.length) return new Map();
	const { rows } = await db.query<{
		contact_id: number;
		kind: ConsentFact['kind'];
		topic: string | null;
		sponsor: string | null;
		granted_at: Date;
		expires_at: Date | null;
		revoked_at: Date | null;
	}>(
		`select contact_id, kind, topic, sponsor, granted_at, expires_at, revoked_at from consents where contact_id = any($1)`,
		[contactIds]
	);
	return groupBy(
		rows,
		(row) => row.contact_id,
		(row) => ({
			kind: row.kind,
			topic: row.topic,
			sponsor: row.sponsor,
			grantedAt: row.granted_at.getTime(),
			expiresAt: time(row.expires_at),
			revokedAt: time(row.revoked_at)
		})
	);
}

/** What stops messages to addresses, which only their marks name. */
export async function suppressionsOf(
	db: Db,
	vault: Vault,
	emails: string[]
): Promise<Map<string, World['suppressions']>> {
	if (!emails.length) return new Map();
	const { email: index } = marksOf(vault);
	const emailsByMark = Map.groupBy(emails, (email) => index.markOf(email)?.toString('hex'));
	const { rows } = await db.query<World['suppressions'][number] & { email_mark: Buffer }>(
		`select email_mark, scope, reason, topic from suppressions where email_mark = any($1::bytea[])`,
		[emails.map((email) => index.markOf(email))]
	);
	return groupBy(
		rows.flatMap(({ email_mark, ...row }) =>
			(emailsByMark.get(email_mark.toString('hex')) ?? []).map((email) => ({ ...row, email }))
		),
		(row) => row.email,
		({ scope, reason, topic }) => ({ scope, reason, topic })
	);
}

const LONGEST_CAP_MS = 370 * 86_400_000;

/** When marketing went to contacts, of every journey (ms). */
export async function marketingSentTo(
	db: Db,
	contactIds: number[],
	now: number
): Promise<Facts['marketingSentAt']> {
	if (!contactIds.length) return new Map();
	const { rows } = await db.query<{ contact_id: number; at: Date }>(
		`select m.contact_id, coalesce(m.decided_at, m.visit_at) as at
		 from enrollment_keys k join message_keys mk on mk.enrollment_id = k.enrollment_id join messages m on m.id = mk.message_id
		 where k.contact_id = any($1) and m.marketing and m.state in ('queued', 'sending', 'sent', 'unknown') and m.visit_at > $2
		 group by m.id`,
		[contactIds, new Date(now - LONGEST_CAP_MS)]
	);
	return groupBy(
		rows,
		(row) => row.contact_id,
		(row) => row.at.getTime()
	);
}

// Links are few: only a message that was clicked has any.
const MESSAGE = `m.step, case when m.state = 'sent' then m.decided_at end as sent_at, m.opened_at, m.clicked_at, m.bounced_at,
	case when m.clicked_at is not null then (
		select array_agg(distinct t.compiled->'links'->>g.link) from engagements g join template_versions t on t.id = m.template_version_id
		where g.message_id = m.id and g.kind = 'click' and not g.machine
	) end as links`;
export const ENROLLMENTS_MESSAGES = `select k.enrollment_id as owner, ${MESSAGE}
	from message_keys k join messages m on m.id = k.message_id where k.enrollment_id = any($1)`;
export const CONTACTS_MESSAGES = `select e.contact_id as owner, ${MESSAGE}
	from (select distinct contact_id, enrollment_id from enrollment_keys where contact_id = any($1)) e
	join message_keys k on k.enrollment_id = e.enrollment_id join messages m on m.id = k.message_id`;

/** Messages by what `statement` calls their owner. */
export async function messagesOf(db: Db, statement: string, owners: number[]): Promise<Facts['messages']> {
	if (!owners.length) return new Map();
	const { rows } = await db.query<{
		owner: number;
		step: string;
		sent_at: Date | null;
		opened_at: Date | null;
		clicked_at: Date | null;
		bounced_at: Date | null;
		links: string[] | null;
	}>(statement, [owners]);
	return groupBy(
		rows,
		(row) => row.owner,
		(row) => ({
			step: row.step,
			sentAt: time(row.sent_at),
			deliveredAt: row.bounced_at ? null : time(row.sent_at),
			openedAt: time(row.opened_at),
			clickedAt: time(row.clicked_at),
			bouncedAt: time(row.bounced_at),
			...(row.links ? { links: row.links } : {})
		})
	);
}

/** The lists kept by hand that contacts are on. */
export async function keptFor(db: Db, contactIds: number[]): Promise<Map<number, string[]>> {
	if (!contactIds.length) return new Map();
	const { rows } = await db.query<{ contact_id: number; segments: string[] }>(
		`select m.contact_id, array_agg(m.segment) as segments from segment_members m
		 join segments s on s.slug = m.segment and s."where" is null where m.contact_id = any($1) group by 1`,
		[contactIds]
	);
	return new Map(rows.map((row) => [row.contact_id, row.segments]));
}
