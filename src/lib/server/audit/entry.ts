/** What callers hand over for the audit log, and what of it is refused: an entry holds ids, names and codes, never a value. */
import { isIP } from 'node:net';
import type { AuditJson } from './encode.ts';

export type AuditActorKind = 'user' | 'key' | 'system';

export interface AuditActor {
	kind: AuditActorKind;
	/** A user's or a key's id; for the system the name of the job, such as `sender`. */
	id: string;
	/** As it is now: a later change of the name does not reach what was written. */
	name?: string | null;
}

/** One thing that was done or read. A page with a list is one entry with many ids, not many entries. */
export interface AuditEntry {
	/** When, in ms since 1970. */
	at: number;
	actor: AuditActor;
	/** A public code: `contact.read`, `phi.read`, `journey.publish`. */
	action: string;
	/** What it was done to. Ids of our own: the clinic's id of a patient is PHI (45 CFR 164.514(b)(2)). */
	subject?: { kind: string; ids: readonly string[] };
	/** Names of the attributes that were read or written. */
	fields?: readonly string[];
	/** Why, as a code. */
	reason?: string | null;
	/** Why, in a person's own words, which may hold PHI and so come sealed. */
	reasonSealed?: Buffer | null;
	/** Where the request came from. */
	ip?: string | null;
	requestId?: string | null;
	/** Ids and codes that the action's reader needs: whole numbers, true or false, and text of at most 200 characters. */
	details?: Record<string, AuditJson>;
}

/** An entry that would not be safe to keep for ever. Says where, never what was there. */
export class AuditEntryError extends Error {}

/** More go into several entries. This many hold the log's lock for 50 ms. */
export const AUDIT_SUBJECTS = 10_000;

const LONGEST = 200;
const LAST_INSTANT = Date.UTC(9999, 11, 31);
const ID = /^[\w.:~-]{1,200}$/;
const ACTION = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;
const CODE = /^[a-z][a-z0-9.-]*$/;
const FIELD = /^[A-Za-z][\w.-]*$/;

/** Throws `AuditEntryError` for an entry that may hold more than ids, names and codes. */
export function checkEntry(entry: AuditEntry): void {
	const { at, actor, action, subject, reason, ip, requestId } = entry;
	require(Number.isInteger(at) && at >= 0 && at <= LAST_INSTANT, 'at', 'an instant in ms');
	require(ID.test(actor.id), 'actor.id', 'an id');
	require(isAbsent(actor.name) || isKeepable(actor.name), 'actor.name', 'text');
	require(ACTION.test(action) && action.length <= LONGEST, 'action', 'a code with a dot');
	if (subject) checkSubject(subject);
	require((entry.fields ?? []).every((field) => isCode(field, FIELD)), 'fields', 'names of attributes');
	require(isAbsent(reason) || isCode(reason, CODE), 'reason', 'a code (what a person wrote is sealed first)');
	require(isAbsent(ip) || isIP(ip) !== 0, 'ip', 'an address');
	require(isAbsent(requestId) || ID.test(requestId), 'requestId', 'an id');
	checkDetail(entry.details ?? {}, 'details');
}

function checkSubject({ kind, ids }: { kind: string; ids: readonly string[] }): void {
	require(isCode(kind, CODE), 'subject.kind', 'a code');
	require(ids.length <= AUDIT_SUBJECTS, 'subject.ids', `at most ${AUDIT_SUBJECTS} ids`);
	require(ids.every((id) => ID.test(id)), 'subject.ids', 'ids');
}

function checkDetail(value: AuditJson, path: string): void {
	if (typeof value === 'string') {
		require(value.length <= LONGEST && isKeepable(value), path, `text of at most ${LONGEST} characters`);
	} else if (typeof value === 'number') {
		require(Number.isSafeInteger(value), path, 'a whole number');
	} else if (Array.isArray(value)) {
		value.forEach((each, index) => checkDetail(each, `${path}[${index}]`));
	} else if (value !== null && typeof value === 'object') {
		for (const [key, each] of Object.entries(value)) {
			require(isCode(key, FIELD), path, 'keys that are names');
			checkDetail(each, `${path}.${key}`);
		}
	} else require(value === null || typeof value === 'boolean', path, 'JSON');
}

function isAbsent(value: unknown): value is null | undefined {
	return value === null || value === undefined;
}

function isCode(text: string, shape: RegExp): boolean {
	return text.length <= LONGEST && shape.test(text);
}

// PostgreSQL takes neither NUL nor half a surrogate pair, and what it takes must come back the same.
function isKeepable(text: string): boolean {
	return text.isWellFormed() && !text.includes('\0');
}

function require(holds: boolean, path: string, wanted: string): asserts holds {
	if (!holds) throw new AuditEntryError(`Not for the audit log: ${path} must be ${wanted}.`);
}
