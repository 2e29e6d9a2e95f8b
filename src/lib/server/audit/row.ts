/** Rows of `audit_log` as records. */
import type { AuditRecord } from './encode.ts';

/** What a query selects so that its rows are `AuditRecord`s: instants and bytes as text, exact to the last digit. */
export const AUDIT_COLUMNS = `id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
	actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName", action, subject_kind as "subjectKind",
	subject_ids as "subjectIds", fields, reason, translate(encode(reason_sealed, 'base64'), E'\\n', '') as "reasonSealed",
	abbrev(ip) as ip, request_id as "requestId", details, encode(previous_hash, 'hex') as "previousHash", encode(hash, 'hex') as hash`;

/** An instant in ms as records hold it. */
export function instantOf(ms: number): string {
	return new Date(ms).toISOString().replace('Z', '000Z');
}

export type AuditHead = Pick<AuditRecord, 'id' | 'hash'>;
