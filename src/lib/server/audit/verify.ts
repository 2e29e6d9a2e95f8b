/** Checks an export of the log against itself and against the signed checkpoints. Needs no database. */
import { z } from 'zod';
import { parseJson, readCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { AuditRecord } from './encode.ts';
import { faultOf, type AuditFault } from './faults.ts';
import type { PublicKeys } from './keys.ts';
import { BEFORE_ALL, findLinkFault } from './link.ts';
import type { AuditHead } from './row.ts';

export interface Verified {
	/** How many entries there are. */
	count: number;
	first: Pick<AuditRecord, 'id' | 'at'>;
	last: Pick<AuditRecord, 'id' | 'at'>;
	/** The highest entry that a checkpoint signed; what comes after it could have been rewritten. 0 for none. */
	signedUpTo: number;
	checkpoints: number;
}

/** `none`: the input is no audit log at all. */
export type Verdict = { verified: Verified } | { fault: AuditFault } | { none: string };

export interface CheckpointLines {
	lines: Iterable<string>;
	keys: PublicKeys;
}

const HASH = z.string().regex(/^[0-9a-f]{64}$/);
const recordSchema: z.ZodType<AuditRecord> = z.strictObject({
	id: z.int().positive(),
	at: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
	actorKind: z.enum(['user', 'key', 'system']),
	actorId: z.string(),
	actorName: z.string().nullable(),
	action: z.string(),
	subjectKind: z.string().nullable(),
	subjectIds: z.array(z.string()),
	fields: z.array(z.string()),
	reason: z.string().nullable(),
	reasonSealed: z.base64().nullable(),
	ip: z.string().nullable(),
	requestId: z.string().nullable(),
	details: z.record(z.string(), z.json()),
	previousHash: HASH,
	hash: HASH
});

/**
 * Goes through `lines` (an export without a filter, no line ends) and gives the first fault. Without `signed`, a chain
 * that was cut or written anew as a whole passes: only checkpoints show those.
 */
export async function verifyAudit(
	lines: AsyncIterable<string> | Iterable<string>,
	signed?: CheckpointLines
): Promise<Verdict> {
	const book = signed ? readBook(signed) : new CheckpointBook();
	if (!(book instanceof CheckpointBook)) return book;
	let line = 0;
	let previous: AuditHead | undefined;
	let first: AuditRecord | undefined;
	let last: AuditRecord | undefined;
	for await (const text of lines) {
		line++;
		const { data: record } = recordSchema.safeParse(parseJson(text));
		if (!record) return first ? { fault: faultOf('entry.unreadable', { line }) } : { none: NO_LOG };
		previous ??= book.findStart(record);
		if (!previous) return { fault: faultOf('entry.start', { id: record.id, line }) };
		const code = findLinkFault(previous, record) ?? book.findFault(record);
		if (code) return { fault: faultOf(code, { id: record.id, line }) };
		first ??= record;
		last = record;
		previous = { id: record.id, hash: record.hash };
	}
	if (book.highest > (last?.id ?? 0))
		return { fault: faultOf('entry.cut', { id: book.highest, line: line + 1 }) };
	if (!first || !last) return { none: NO_LOG };
	return { verified: { count: line, first, last, signedUpTo: book.highest, checkpoints: book.size } };
}

const NO_LOG = 'It holds no audit log: its first line is no entry.';

function readBook({ lines, keys }: CheckpointLines): CheckpointBook | { fault: AuditFault } {
	const book = new CheckpointBook();
	let line = 0;
	for (const text of lines) {
		line++;
		const read = readCheckpoint(text, keys);
		const code = 'fault' in read ? read.fault : book.add(read.checkpoint);
		if (code) return { fault: faultOf(code, { line }) };
	}
	return book;
}

/** What the checkpoints say, by entry. */
class CheckpointBook {
	private readonly hashById = new Map<number, string>();
	/** Ids up to which entries were let go; 0 stands for the log's beginning. */
	private readonly purges = new Set([0]);
	private lastHead = 0;
	size = 0;

	/** The highest entry that was signed. */
	get highest(): number {
		return Math.max(this.lastHead, ...this.purges);
	}

	/** Takes the next line's checkpoint, unless it contradicts those before it. */
	add({ kind, id, hash, count }: Checkpoint) {
		this.size++;
		if ((this.hashById.get(id) ?? hash) !== hash) return 'checkpoint.contradicts' as const;
		this.hashById.set(id, hash);
		if (kind === 'purge') {
			this.purges.add(id);
			return undefined;
		}
		if (id < this.lastHead) return 'checkpoint.backwards' as const;
		this.lastHead = id;
		return this.purges.has(id - count) ? undefined : ('checkpoint.count' as const);
	}

	/** What the log may begin after, when it begins with `record`. */
	findStart({ id }: AuditRecord): AuditHead | undefined {
		const before = id - 1;
		if (before === 0) return BEFORE_ALL;
		const hash = this.purges.has(before) ? this.hashById.get(before) : undefined;
		return hash === undefined ? undefined : { id: before, hash };
	}

	findFault({ id, hash }: AuditRecord) {
		const signed = this.hashById.get(id);
		return signed === undefined || signed === hash ? undefined : ('entry.rewritten' as const);
	}
}
