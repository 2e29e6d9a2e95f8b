/** A patient's no to marketing. It holds at once, for every journey, and no import takes it back (16 CFR 316.5). */
import { enqueueWatch } from '$lib/runtime/door.ts';
import type { Engine } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { recordAudit } from '../audit/record.ts';
import { inTransaction, type Db, type Tx } from '../db/db.ts';
import { recordEvents } from '../ingest/record.ts';
import { countMessage, ZONE_OF_VERSION } from '../mail/step-counts.ts';

/** Whether somebody unsubscribed through this message already; undefined when there is no such message. */
export async function findUnsubscribed(db: Db, messageId: number): Promise<boolean | undefined> {
	const found = await db.query<{ done: boolean }>(
		'select unsubscribed_at is not null as done from messages where id = $1',
		[messageId]
	);
	return found.rows[0]?.done;
}

/**
 * Stops all marketing to the contact who got the message; treatment and operations mail goes on. A second call changes
 * nothing. False when there is no such message. `entry` is for the audit log.
 */
export async function unsubscribe(app: Engine, messageId: number, entry?: MakeEntry): Promise<boolean> {
	return inTransaction(app.pool, async (tx) => {
		const message = await lockMessage(tx, messageId);
		if (!message) return false;
		const now = app.clock.now();
		if (message.emailMark) await suppress(tx, message.emailMark, now);
		else await endAuthorizations(tx, message.contactId, now);
		if (message.unsubscribed) return true;
		await tx.query('update messages set unsubscribed_at = $2 where id = $1', [messageId, new Date(now)]);
		await countMessage(tx, message, [['unsubscribed', 1]]);
		await recordEvents(tx, app.vault, [
			{
				contactId: message.contactId,
				name: 'list.unsubscribed',
				properties: { step: message.step, journey: message.journey },
				occurredAt: now,
				receivedAt: now,
				source: 'tracking'
			}
		]);
		await enqueueWatch(tx);
		const subject = { kind: 'contact', ids: [String(message.contactId)] };
		if (entry) await recordAudit(tx, [entry({ action: 'consent.unsubscribe', subject })]);
		return true;
	});
}

async function suppress(tx: Tx, emailMark: Buffer, now: number): Promise<void> {
	await tx.query(
		`insert into suppressions (email_mark, scope, reason, source, created_at) values ($1, 'marketing', 'unsubscribed', 'link', $2)
		 on conflict do nothing`,
		[emailMark, new Date(now)]
	);
}

// Whoever has a phone alone has no address to suppress: what they agreed to ends instead.
async function endAuthorizations(tx: Tx, contactId: number, now: number): Promise<void> {
	await tx.query(
		`update consents set revoked_at = $2 where contact_id = $1 and kind = 'marketing' and revoked_at is null`,
		[contactId, new Date(now)]
	);
}

async function lockMessage(tx: Tx, messageId: number) {
	const found = await tx.query<{
		contact_id: number;
		email_mark: Buffer | null;
		version_id: number;
		step: string;
		visit_at: Date;
		unsubscribed: boolean;
		journey: string;
		zone: string;
	}>(
		`select m.contact_id, c.email_mark, m.version_id, m.step, m.visit_at, m.unsubscribed_at is not null as unsubscribed,
			j.slug as journey, ${ZONE_OF_VERSION} as zone
		 from messages m
		 join journey_versions v on v.id = m.version_id
		 join journeys j on j.id = v.journey_id
		 left join contacts c on c.id = m.contact_id
		 where m.id = $1 for update of m`,
		[messageId]
	);
	const row = found.rows[0];
	if (!row) return undefined;
	return {
		contactId: row.contact_id,
		emailMark: row.email_mark,
		versionId: row.version_id,
		step: row.step,
		visitAt: row.visit_at.getTime(),
		unsubscribed: row.unsubscribed,
		journey: row.journey,
		zone: row.zone
	};
}
