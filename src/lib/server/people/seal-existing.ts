/**
 * Seals what Stepwell before 0006 kept readable: contacts, payloads, what decisions read, caught mail. In pages, each its own
 * transaction, so that it can be broken off and begun again; 0006 takes the readable columns away after it.
 */
import type pg from 'pg';
import type { Read } from '$lib/journey/index.ts';
import { inTransaction, type Tx } from '../db/db.ts';
import { markOnce } from '../ingest/idempotency.ts';
import { keyOf } from '../ingest/record.ts';
import type { Vault } from '../seal/vault.ts';
import { sealMail } from './caught.ts';
import { columnsOf, sealContact, UPDATE_CONTACTS } from './contact-store.ts';
import { marksOf } from './marks.ts';
import { sealProperties, sealReads, sealTrigger, tellsOfPerson } from './payloads.ts';
import { loadPlainKeys } from './registry.ts';

const PAGE = 1000;

type Payload = Record<string, unknown>;

export async function sealExisting(pool: pg.Pool, vault: Vault): Promise<void> {
	for (const sealPage of [sealContacts, sealEvents, sealTriggers, sealPaths, sealMails])
		while (await inTransaction(pool, (tx) => sealPage(tx, vault))) continue;
	await inTransaction(pool, (tx) => markKeys(tx, vault));
}

async function sealContacts(tx: Tx, vault: Vault): Promise<boolean> {
	const { rows } = await tx.query<{
		id: number;
		public_id: string;
		name: string | null;
		email: string | null;
		phone: string | null;
		timezone: string | null;
		attributes: Payload;
	}>(
		`select id, public_id, name, email, phone, timezone, attributes from contacts where sealed is null order by id limit $1`,
		[PAGE]
	);
	if (!rows.length) return false;
	const keys = await vault.keysToSeal(rows.map((row) => row.id));
	const isPlain = await loadPlainKeys(tx);
	const sealed = rows.map(({ public_id: publicId, ...row }) =>
		sealContact(vault, keys.get(row.id), { ...row, publicId }, isPlain)
	);
	await tx.query(UPDATE_CONTACTS, [
		rows.map((row) => row.id),
		rows.map((row) => row.timezone),
		...columnsOf(sealed),
		null
	]);
	return true;
}

async function sealEvents(tx: Tx, vault: Vault): Promise<boolean> {
	const { rows } = await tx.query<{
		id: number;
		contact_id: number;
		source: string;
		properties: Payload;
		/** As text: a Date would cut its microseconds off. */
		received_at: string;
	}>(
		`select id, contact_id, source, properties, received_at::text from events
		where properties <> '{}' and source not in ('tracking', 'runtime') limit $1`,
		[PAGE]
	);
	if (!rows.length) return false;
	const keys = await vault.keysToSeal(rows.map((row) => row.contact_id));
	await tx.query(
		`update events e set properties = '{}', sealed = n.sealed
		from unnest($1::bigint[], $2::timestamptz[], $3::bytea[]) as n (id, received_at, sealed)
		where e.id = n.id and e.received_at = n.received_at`,
		[
			rows.map((row) => row.id),
			rows.map((row) => row.received_at),
			rows.map((row) => sealProperties(keys.get(row.contact_id), row).sealed)
		]
	);
	return true;
}

async function sealTriggers(tx: Tx, vault: Vault): Promise<boolean> {
	const { rows } = await tx.query<{ id: number; contact_id: number; trigger: Payload }>(
		`select id, contact_id, trigger from enrollments where trigger <> '{}' limit $1`,
		[PAGE]
	);
	if (!rows.length) return false;
	const keys = await vault.keysToSeal(rows.map((row) => row.contact_id));
	await tx.query(
		`update enrollments e set trigger = '{}', trigger_sealed = n.sealed
		from unnest($1::bigint[], $2::bytea[]) as n (id, sealed) where e.id = n.id`,
		[
			rows.map((row) => row.id),
			rows.map((row) => sealTrigger(keys.get(row.contact_id), row.id, row.trigger).sealed)
		]
	);
	return true;
}

async function sealPaths(tx: Tx, vault: Vault): Promise<boolean> {
	const { rows } = await tx.query<{
		enrollment_id: number;
		seq: number;
		at: string;
		contact_id: number;
		reads: (Read[] | null)[];
	}>(
		`select enrollment_id, seq, at::text, contact_id, reads from step_paths
		where reads is not null and jsonb_path_exists(reads, '$[*][*] ? (@.phi == true || !(@.what like_regex "^(attribute|message|consent):"))')
		limit $1`,
		[PAGE]
	);
	const about = rows.filter((row) => tellsOfPerson(row.reads));
	if (!about.length) return false;
	const keys = await vault.keysToSeal(about.map((row) => row.contact_id));
	await tx.query(
		`update step_paths p set reads = null, reads_sealed = n.sealed
		from unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::bytea[]) as n (enrollment_id, seq, at, sealed)
		where p.enrollment_id = n.enrollment_id and p.seq = n.seq and p.at = n.at`,
		[
			about.map((row) => row.enrollment_id),
			about.map((row) => row.seq),
			about.map((row) => row.at),
			about.map((row) => sealReads(keys.get(row.contact_id), row.enrollment_id, row.seq, row.reads))
		]
	);
	return true;
}

async function sealMails(tx: Tx, vault: Vault): Promise<boolean> {
	const { rows } = await tx.query<{
		id: number;
		contact_id: number | null;
		envelope_from: string;
		envelope_to: string[];
		subject: string;
		raw: Buffer;
	}>(
		`select c.id, m.contact_id, c.envelope_from, c.envelope_to, c.subject, c.raw
		from caught_mails c left join messages m on m.id = c.message_id where c.head is null order by c.id limit 100`
	);
	for (const row of rows) {
		const head = { from: row.envelope_from, to: row.envelope_to, subject: row.subject };
		const { head: sealedHead, sealed } = await sealMail(vault, row.id, row.contact_id, {
			head,
			raw: row.raw
		});
		await tx.query('update caught_mails set contact_id = $2, head = $3, sealed = $4 where id = $1', [
			row.id,
			row.contact_id,
			sealedHead,
			sealed
		]);
	}
	return rows.length > 0;
}

// Addresses that must not be written to, and keys: few enough for one transaction, which also makes it once only.
async function markKeys(tx: Tx, vault: Vault): Promise<void> {
	const { email, entryKey } = marksOf(vault);
	const suppressed = await tx.query<{ id: number; email: string }>(
		'select id, email from suppressions where email_mark is null'
	);
	await tx.query(
		'update suppressions s set email_mark = n.mark from unnest($1::bigint[], $2::bytea[]) as n (id, mark) where s.id = n.id',
		[suppressed.rows.map((row) => row.id), suppressed.rows.map((row) => email.markOf(row.email))]
	);
	const entries = await tx.query<{ key: string }>(
		`select distinct key from enrollment_keys where key like 'key:%'`
	);
	await tx.query(
		'update enrollment_keys k set key = n.mark from unnest($1::text[], $2::text[]) as n (key, mark) where k.key = n.key',
		[
			entries.rows.map((row) => row.key),
			entries.rows.map(
				({ key }) => `key:${entryKey.markOf(key.slice('key:'.length))?.toString('base64url') ?? ''}`
			)
		]
	);
	// Answers are kept for a day; a repeat after the upgrade is told so instead of being done again.
	const answers = await tx.query<{ key: string; body_hash: Buffer }>(
		'select key, body_hash from idempotency_keys'
	);
	for (const { key, body_hash } of answers.rows) {
		const once = markOnce(vault, { apiKeyId: '', key, route: '', bodyHash: body_hash.toString('hex') });
		await tx.query(`update idempotency_keys set key = $2, body_hash = decode($3, 'hex') where key = $1`, [
			key,
			once.key,
			once.bodyHash
		]);
	}
	const events = await tx.query<{ key: string }>('select distinct key from event_keys');
	await tx.query(
		'update event_keys k set key = n.mark from unnest($1::text[], $2::text[]) as n (key, mark) where k.key = n.key',
		[events.rows.map((row) => row.key), events.rows.map((row) => keyOf(vault, row.key))]
	);
}
