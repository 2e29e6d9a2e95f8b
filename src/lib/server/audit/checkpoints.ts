/** Writes checkpoints, after looking whether the log still is what the last one signed. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { inTransaction, type Db, type Tx } from '../db/db.ts';
import { locks } from '../db/locks.ts';
import { readCheckpoint, signCheckpoint, type Checkpoint, type CheckpointFacts } from './checkpoint.ts';
import { faultOf, type AuditFault } from './faults.ts';
import { appendLine, readLastLines } from './files.ts';
import { listAuditAfter } from './find.ts';
import { openSigningKey, publishKey, readPublicKeys, type PublicKeys, type SigningKey } from './keys.ts';
import { BEFORE_ALL, findLinkFault } from './link.ts';
import type { AuditHead } from './row.ts';

/** Where one data folder's checkpoints are, and the keys for them. */
export interface AuditCheckpoints {
	/** `audit/checkpoints.jsonl`: copy it off this machine, together with `public-keys.json` beside it. */
	file: string;
	key: SigningKey;
	publicKeys: PublicKeys;
}

/** When a checkpoint is due: after so many new entries, or so long after the last one. */
export interface CheckpointDue {
	entries: number;
	ms: number;
}

/** `written` is null when nothing new is due. A fault is for a person: until it is cleared up, nothing more is signed. */
export type CheckpointOutcome = { written: Checkpoint | null } | { fault: AuditFault };

// 2,000 entries: read and checked in 30 ms.
const PAGE = 2000;

/** The checkpoints of `dataFolder`; its key pair is made on first use. */
export function openCheckpoints(dataFolder: string): AuditCheckpoints {
	const key = openSigningKey(dataFolder);
	const { folder, file, publicKeys } = filesIn(dataFolder);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return { file, key, publicKeys: publishKey(publicKeys, key) };
}

function filesIn(dataFolder: string) {
	const folder = join(dataFolder, 'audit');
	return {
		folder,
		file: join(folder, 'checkpoints.jsonl'),
		publicKeys: join(folder, 'public-keys.json')
	};
}

/**
 * The newest checkpoint of `dataFolder` and whether the log still is what it signed, without going through what came since:
 * two look-ups. `last` is null before the first one.
 */
export async function compareWithLast(
	db: Db,
	dataFolder: string
): Promise<{ last: Checkpoint | null; fault: AuditFault | null }> {
	const { file, publicKeys } = filesIn(dataFolder);
	if (!existsSync(file)) return { last: null, fault: null };
	const keys = existsSync(publicKeys) ? readPublicKeys(publicKeys) : new Map();
	const last = findLast(file, keys);
	if (!last) return { last: null, fault: null };
	if ('fault' in last) return { last: null, fault: last.fault };
	const fault = await compare(db, last.checkpoint, await measure(db));
	return { last: last.checkpoint, fault: fault ?? null };
}

/**
 * Compares the log with the last checkpoint, goes through what came since, and signs the newest entry. `now` in ms. Without
 * `due` every new entry is reason enough. Safe to call twice at once.
 */
export async function checkpointAudit(
	pool: pg.Pool,
	checkpoints: AuditCheckpoints,
	now: number,
	due: CheckpointDue = { entries: 1, ms: 0 }
): Promise<CheckpointOutcome> {
	return inTransaction(pool, async (tx) => {
		await lockCheckpoints(tx);
		const last = findLast(checkpoints.file, checkpoints.publicKeys);
		if (last && 'fault' in last) return last;
		const log = await measure(tx);
		const fault = last && (await compare(tx, last.checkpoint, log));
		if (fault) return { fault };
		if (!isDue(log, last?.checkpoint, now, due)) return { written: null };
		const end = await walk(tx, last?.checkpoint ?? BEFORE_ALL, log.end);
		if ('fault' in end) return end;
		return {
			written: writeCheckpoint(checkpoints, { kind: 'head', ...end, at: now, count: end.id - log.start + 1 })
		};
	});
}

/** Taken by whoever writes to the file, until the transaction ends. */
export async function lockCheckpoints(tx: Tx): Promise<void> {
	await tx.query('select pg_advisory_xact_lock($1)', [locks.checkpoint]);
}

/** Signs `facts` and appends them. On the disk when this returns. */
export function writeCheckpoint({ file, key }: AuditCheckpoints, facts: CheckpointFacts): Checkpoint {
	const checkpoint = signCheckpoint(facts, key);
	appendLine(file, JSON.stringify(checkpoint));
	return checkpoint;
}

/** The checkpoint of the newest entry among the last lines; a purge's may come after it. */
function findLast(
	file: string,
	publicKeys: PublicKeys
): { checkpoint: Checkpoint } | { fault: AuditFault } | undefined {
	let newest: Checkpoint | undefined;
	for (const line of readLastLines(file)) {
		const read = readCheckpoint(line, publicKeys);
		if ('fault' in read) return { fault: faultOf(read.fault) };
		if (!newest || read.checkpoint.id > newest.id) newest = read.checkpoint;
	}
	return newest && { checkpoint: newest };
}

interface Extent {
	/** The first id there is; 0 when there is none. */
	start: number;
	/** The last one. */
	end: number;
}

async function measure(db: Db): Promise<Extent> {
	const { rows } = await db.query<{ start: number | null; end: number | null }>(
		'select min(id) as start, max(id) as end from audit_log'
	);
	return { start: rows[0]?.start ?? 0, end: rows[0]?.end ?? 0 };
}

async function compare(db: Db, last: Checkpoint, log: Extent): Promise<AuditFault | undefined> {
	if (log.end < last.id) return faultOf('entry.cut', { id: last.id });
	// Of a purged entry the next one's link is left.
	const { rows } = await db.query<{ hash: string }>(
		`select encode(hash, 'hex') as hash from audit_log where id = $1
		 union all select encode(previous_hash, 'hex') from audit_log where id = $1 + 1`,
		[last.id]
	);
	const isSame = rows.length > 0 && rows.every(({ hash }) => hash === last.hash);
	return isSame ? undefined : faultOf('entry.rewritten', { id: last.id });
}

function isDue(log: Extent, last: Checkpoint | undefined, now: number, due: CheckpointDue): boolean {
	const fresh = log.end - (last?.id ?? 0);
	if (fresh === 0) return false;
	return !last || fresh >= due.entries || now - Date.parse(last.at) >= due.ms;
}

async function walk(tx: Tx, from: AuditHead, end: number): Promise<AuditHead | { fault: AuditFault }> {
	let previous: AuditHead = { id: from.id, hash: from.hash };
	while (previous.id < end) {
		const page = await listAuditAfter(tx, previous.id, PAGE);
		for (const entry of page) {
			const code = findLinkFault(previous, entry);
			if (code) return { fault: faultOf(code, { id: entry.id }) };
			previous = { id: entry.id, hash: entry.hash };
		}
		if (page.length === 0) return { fault: faultOf('entry.cut', { id: end }) };
	}
	return previous;
}
