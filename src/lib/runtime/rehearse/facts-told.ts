/**
 * What events of a scenario say for which the product has no function yet: bounces and complaints that a mail server reports,
 * consent given and taken back, engagement told late. They are written as the facts that runtime and reports read.
 */
import { parseInstant } from '$lib/journey/index.ts';
import type { App } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { CONTACT_COLUMNS, openContacts, type ContactRow } from '$lib/server/people/contact-store.ts';
import { marksOf } from '$lib/server/people/marks.ts';
import { CountSheet, shards, writeCounts } from '../counts.ts';
import type { SentMessage } from './sent-messages.ts';

export interface ToldFact {
	contactId: number;
	name: string;
	properties: Record<string, unknown>;
	/** Ms since 1970. */
	occurredAt: number;
	/** The message that it is about, where there is one. */
	message: SentMessage | undefined;
}

/** Writes what an event says, beside the event itself. */
export async function writeFact(app: App, fact: ToldFact): Promise<void> {
	await inTransaction(app.pool, async (tx) => {
		switch (fact.name) {
			case 'email.opened':
			case 'email.clicked':
				return fact.properties.machine === true ? undefined : engage(tx, fact);
			case 'email.bounced':
				await mark(tx, fact, 'bounced_at', [
					['bounced', 1],
					['delivered', -1]
				]);
				return suppress(tx, app, fact, 'all', 'bounced');
			case 'email.complained':
				await mark(tx, fact, 'complained_at', [['complained', 1]]);
				return suppress(tx, app, fact, 'marketing', 'complained');
			case 'list.unsubscribed':
				await mark(tx, fact, 'unsubscribed_at', [['unsubscribed', 1]]);
				return suppress(tx, app, fact, 'marketing', 'unsubscribed', textOf(fact, 'topic'));
			case 'consent.granted':
				return grant(tx, fact);
			case 'consent.revoked':
				return revoke(tx, fact);
		}
	});
}

async function engage(tx: Tx, { name, message, occurredAt }: ToldFact): Promise<void> {
	if (!message) return;
	const [column, kind] = name === 'email.opened' ? ['opened_at', 'open'] : ['clicked_at', 'click'];
	await tx.query('insert into engagements (message_id, kind, at, machine) values ($1, $2, $3, false)', [
		message.id,
		kind,
		new Date(occurredAt)
	]);
	const { rows } = await tx.query<{ is_first: boolean }>(
		`with before as (select id, ${column} as at from messages where id = $1)
		 update messages m set ${column} = least(before.at, $2) from before where m.id = before.id
		 returning before.at is null as is_first`,
		[message.id, new Date(occurredAt)]
	);
	if (rows[0]?.is_first) await count(tx, message, [[kind === 'open' ? 'opened' : 'clicked', 1]]);
}

type Column = 'bounced_at' | 'complained_at' | 'unsubscribed_at';

async function mark(
	tx: Tx,
	{ message, occurredAt }: ToldFact,
	column: Column,
	measures: [string, number][]
): Promise<void> {
	if (!message) return;
	const { rowCount } = await tx.query(
		`update messages set ${column} = $2 where id = $1 and ${column} is null`,
		[message.id, new Date(occurredAt)]
	);
	if (rowCount) await count(tx, message, measures);
}

async function count(tx: Tx, message: SentMessage, measures: [string, number][]): Promise<void> {
	const sheet = new CountSheet();
	for (const [measure, by] of measures)
		sheet.add(message.versionId, message.zone, message.visitAt, message.step, measure, by);
	await writeCounts(tx, sheet, shards.tracking);
}

async function suppress(
	tx: Tx,
	{ vault }: App,
	{ contactId, occurredAt }: ToldFact,
	scope: 'all' | 'marketing',
	reason: string,
	topic: string | null = null
): Promise<void> {
	const { rows } = await tx.query<ContactRow>(`select ${CONTACT_COLUMNS} from contacts c where c.id = $1`, [
		contactId
	]);
	const email = (await openContacts(vault, rows)).get(contactId)?.email;
	if (!email) return;
	await tx.query(
		`insert into suppressions (email_mark, scope, reason, topic, source, created_at) values ($1, $2, $3, $5, 'rehearsal', $4)
		 on conflict do nothing`,
		[marksOf(vault).email.markOf(email), scope, reason, new Date(occurredAt), topic]
	);
}

function textOf({ properties }: ToldFact, key: string): string | null {
	const value = properties[key];
	return typeof value === 'string' ? value : null;
}

function kindOf(fact: ToldFact): string {
	const kind = textOf(fact, 'kind');
	return kind === 'email' || kind === 'text' ? kind : 'marketing';
}

async function grant(tx: Tx, fact: ToldFact): Promise<void> {
	const expires = textOf(fact, 'expiresAt');
	const expiresAt = expires === null ? null : parseInstant(expires);
	await tx.query(
		`insert into consents (contact_id, kind, topic, granted_at, expires_at, sponsor, source)
		 values ($1, $2, $3, $4, $5, $6, 'rehearsal')`,
		[
			fact.contactId,
			kindOf(fact),
			textOf(fact, 'topic'),
			new Date(fact.occurredAt),
			expiresAt === null ? null : new Date(expiresAt),
			textOf(fact, 'sponsor')
		]
	);
}

/** Without a topic every grant of the kind ends, with one only those of that topic. */
async function revoke(tx: Tx, fact: ToldFact): Promise<void> {
	await tx.query(
		`update consents set revoked_at = $4
		 where contact_id = $1 and kind = $2 and ($3::text is null or topic = $3) and granted_at <= $4 and revoked_at is null`,
		[fact.contactId, kindOf(fact), textOf(fact, 'topic'), new Date(fact.occurredAt)]
	);
}
