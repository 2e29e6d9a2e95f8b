/** A checkpoint: a signed line outside the database that says which entry stood at the end of the log, or where it begins. */
import { sign, verify } from 'node:crypto';
import { z } from 'zod';
import { encodeParts } from './encode.ts';
import type { AuditFaultCode } from './faults.ts';
import type { PublicKeys, SigningKey } from './keys.ts';

const FORMAT = 'stepwell.audit-checkpoint/1';

const checkpointSchema = z.strictObject({
	format: z.literal(FORMAT),
	/** `head`: the newest entry was this one. `purge`: this one and all before it were let go. */
	kind: z.enum(['head', 'purge']),
	id: z.int().positive(),
	hash: z.string().regex(/^[0-9a-f]{64}$/),
	at: z.iso.datetime({ precision: 3 }),
	/** `head`: how many entries were kept up to this one. `purge`: how many were let go. */
	count: z.int().positive(),
	/** Which key signed. */
	key: z.string(),
	signature: z.base64()
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

/** What a checkpoint is about; `at` in ms. */
export type CheckpointFacts = Pick<Checkpoint, 'kind' | 'id' | 'hash' | 'count'> & { at: number };

export function signCheckpoint(facts: CheckpointFacts, key: SigningKey): Checkpoint {
	const unsigned = {
		format: FORMAT,
		...facts,
		at: new Date(facts.at).toISOString(),
		key: key.id
	} as const;
	const signature = sign(null, bytesOf(unsigned), key.privateKey).toString('base64');
	return { ...unsigned, signature };
}

/** The checkpoint on `line`, or why it counts for nothing. */
export function readCheckpoint(
	line: string,
	keys: PublicKeys
): { checkpoint: Checkpoint } | { fault: AuditFaultCode } {
	const { success, data: checkpoint } = checkpointSchema.safeParse(parseJson(line));
	if (!success) return { fault: 'checkpoint.unreadable' };
	const key = keys.get(checkpoint.key);
	if (!key) return { fault: 'checkpoint.key' };
	const signature = Buffer.from(checkpoint.signature, 'base64');
	if (!verify(null, bytesOf(checkpoint), key, signature)) return { fault: 'checkpoint.forged' };
	return { checkpoint };
}

function bytesOf({ format, kind, id, hash, at, count, key }: Omit<Checkpoint, 'signature'>): Buffer {
	return encodeParts([format, kind, String(id), Buffer.from(hash, 'hex'), at, String(count), key]);
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined; // No schema accepts it, so the caller reports the line.
	}
}
