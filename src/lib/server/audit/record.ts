/**
 * Appends to the audit log, inside the transaction that does what the entries tell: both commit, or neither.
 *
 * The chain has one end, so whoever appends holds the log's lock until the commit is on the disk. That is the price:
 * transactions with entries commit one after the other, about 1,000 a second on our machine whether one connection writes or
 * eight (without entries 2,300 and 8,000), and a slower disk slows them all. 100 entries in one transaction are 16,000 a
 * second. So a batch is audited in one call, and a page with a list is one entry with many ids.
 */
import type pg from 'pg';
import { inTransaction, type Tx } from '../db/db.ts';
import { locks } from '../db/locks.ts';
import { plainAddress } from './address.ts';
import { hashOf, NO_HASH, type AuditRecord } from './encode.ts';
import { checkEntry, type AuditEntry } from './entry.ts';
import { instantOf, type AuditHead } from './row.ts';

// One round trip. The head is read by a statement of its own: it must see what was committed while the lock was waited for.
// What a checkpoint signs must survive a power cut, so a session that commits without waiting for the disk waits this time.
const TAKE_END = `select pg_advisory_xact_lock(${locks.audit});
	select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off';
	select id, encode(hash, 'hex') as hash from audit_log order by id desc limit 1`;

const APPEND = `insert into audit_log (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_ids, fields, reason,
		reason_sealed, ip, request_id, details, previous_hash, hash)
	select id, at, "actorKind", "actorId", "actorName", action, "subjectKind", "subjectIds", fields, reason,
		decode("reasonSealed", 'base64'), ip, "requestId", details, decode("previousHash", 'hex'), decode(hash, 'hex')
	from json_to_recordset($1) as entry (id bigint, at timestamptz, "actorKind" text, "actorId" text, "actorName" text, action text,
		"subjectKind" text, "subjectIds" text[], fields text[], reason text, "reasonSealed" text, ip inet, "requestId" text,
		details jsonb, "previousHash" text, hash text)`;

/**
 * Appends `entries` in order and gives the new end of the chain; undefined when there are none. Call it last in the
 * transaction (READ COMMITTED): locking rows after the log's lock can deadlock with somebody who does it the other way
 * round. Throws `AuditEntryError` for an entry that holds more than ids, names and codes.
 */
export async function recordAudit(tx: Tx, entries: readonly AuditEntry[]): Promise<AuditHead | undefined> {
	if (entries.length === 0) return undefined;
	entries.forEach(checkEntry);
	const records = chain(await takeEnd(tx), entries);
	await tx.query(APPEND, [JSON.stringify(records)]);
	return records.at(-1);
}

/**
 * Runs `work` in one transaction and appends what it told `audit` right before the commit, when nothing is left to be
 * locked. When `work` throws, nothing is written, here or there.
 */
export async function inAuditedTransaction<T>(
	pool: pg.Pool,
	work: (tx: Tx, audit: (entry: AuditEntry) => void) => Promise<T>
): Promise<T> {
	return inTransaction(pool, async (tx) => {
		const entries: AuditEntry[] = [];
		const result = await work(tx, (entry) => void entries.push(entry));
		await recordAudit(tx, entries);
		return result;
	});
}

async function takeEnd(tx: Tx): Promise<AuditHead> {
	// pg answers several statements with a list, which its types don't know.
	const answers = (await tx.query(TAKE_END)) as unknown as pg.QueryResult<AuditHead>[];
	return answers.at(-1)?.rows[0] ?? { id: 0, hash: NO_HASH };
}

function chain(end: AuditHead, entries: readonly AuditEntry[]): AuditRecord[] {
	let last = end;
	return entries.map((entry) => {
		const unhashed = recordOf(entry, last);
		const record = { ...unhashed, hash: hashOf(unhashed) };
		last = record;
		return record;
	});
}

function recordOf(entry: AuditEntry, previous: AuditHead): Omit<AuditRecord, 'hash'> {
	return {
		id: previous.id + 1,
		at: instantOf(entry.at),
		actorKind: entry.actor.kind,
		actorId: entry.actor.id,
		actorName: entry.actor.name ?? null,
		action: entry.action,
		subjectKind: entry.subject?.kind ?? null,
		subjectIds: [...(entry.subject?.ids ?? [])],
		fields: [...(entry.fields ?? [])],
		reason: entry.reason ?? null,
		reasonSealed: entry.reasonSealed?.toString('base64') ?? null,
		ip: entry.ip ? plainAddress(entry.ip) : null,
		requestId: entry.requestId ?? null,
		details: entry.details ?? {},
		previousHash: previous.hash
	};
}
