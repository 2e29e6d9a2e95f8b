/** An entry as bytes, and its hash. `FORMAT.md` describes both for whoever checks an export with a program of their own. */
import { createHash } from 'node:crypto';
import type { AuditActorKind } from './entry.ts';
import { addressBytes } from './address.ts';

export type AuditJson = string | number | boolean | null | AuditJson[] | { [key: string]: AuditJson };

/** An entry as it is kept, shown and exported. */
export interface AuditRecord {
	/** Without gaps, from 1. */
	id: number;
	/** UTC with six decimals: `2026-03-02T15:00:00.000000Z`. */
	at: string;
	actorKind: AuditActorKind;
	actorId: string;
	actorName: string | null;
	action: string;
	subjectKind: string | null;
	subjectIds: string[];
	fields: string[];
	reason: string | null;
	/** Base64. */
	reasonSealed: string | null;
	ip: string | null;
	requestId: string | null;
	details: { [key: string]: AuditJson };
	/** The hash of entry `id - 1`, in hex; zeros for the first. */
	previousHash: string;
	/** SHA-256 in hex, over all of the above. */
	hash: string;
}

const ENTRY_FORMAT = 'stepwell.audit/1';

/** What the first entry has as the hash before it. */
export const NO_HASH = '0'.repeat(64);

/** The hash that `record` must have, in hex. Throws when its `ip` is no address. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
	return createHash('sha256').update(encodeRecord(record)).digest('hex');
}

function encodeRecord(record: Omit<AuditRecord, 'hash'>): Buffer {
	return encodeParts([
		ENTRY_FORMAT,
		String(record.id),
		record.at,
		record.actorKind,
		record.actorId,
		record.actorName,
		record.action,
		record.subjectKind,
		record.subjectIds,
		record.fields,
		record.reason,
		record.reasonSealed === null ? null : Buffer.from(record.reasonSealed, 'base64'),
		record.ip === null ? null : addressBytes(record.ip),
		record.requestId,
		canonicalJson(record.details),
		Buffer.from(record.previousHash, 'hex')
	]);
}

export type Part = string | Buffer | null | readonly (string | null)[];

const NOTHING = Buffer.from([0]);
const BYTES = 1;
const LIST = 2;

/** `parts` one after the other, each with its kind and length, so that no two lists of parts give the same bytes. */
export function encodeParts(parts: readonly Part[]): Buffer {
	return Buffer.concat(parts.flatMap(encodePart));
}

function encodePart(part: Part): Buffer[] {
	if (part === null) return [NOTHING];
	if (typeof part === 'string') return encodePart(Buffer.from(part, 'utf8'));
	if (Buffer.isBuffer(part)) return [headOf(BYTES, part.length), part];
	return [headOf(LIST, part.length), ...part.flatMap(encodePart)];
}

function headOf(kind: number, length: number): Buffer {
	const head = Buffer.allocUnsafe(5);
	head.writeUInt8(kind, 0);
	head.writeUInt32BE(length, 1);
	return head;
}

/** JSON in the one spelling of RFC 8785: keys in order of their UTF-16 units, no spaces. */
export function canonicalJson(value: AuditJson): string {
	if (value === null || typeof value !== 'object') return JSON.stringify(value);
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
	const members = Object.keys(value)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
	return `{${members.join(',')}}`;
}
