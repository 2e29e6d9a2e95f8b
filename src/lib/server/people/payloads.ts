/** Payloads about people, sealed each in its own place: of events, of entries, and what decisions read. */
import type { Read } from '$lib/journey/index.ts';
import type { KeyBatch } from '../seal/contact-keys.ts';
import { openJson, placesIn, sealJson, type SealingKey } from '../seal/sealed.ts';

type Payload = Record<string, unknown>;

const events = placesIn('events', 'sealed');
const triggers = placesIn('enrollments', 'trigger_sealed');
const reads = placesIn('step_paths', 'reads_sealed');
const deferred = placesIn('deferred_entries', 'payload_sealed');
const questions = placesIn('approvals', 'asked_sealed');

/** What stands in a payload's two columns: readable or sealed, never both. */
export interface Columns {
	plain: Payload;
	sealed: Buffer | null;
}

// Only Stepwell's own words: which journey, which step, which link.
const OURS: ReadonlySet<string> = new Set(['tracking', 'runtime']);

/** An event's properties. What came from outside is sealed, whatever it is; what Stepwell tells itself names nobody. */
export function sealProperties(
	key: SealingKey | undefined,
	event: { id: number; source: string; properties: Payload }
): Columns {
	if (OURS.has(event.source) || isEmpty(event.properties)) return { plain: event.properties, sealed: null };
	if (!key) throw new Error(`Event ${event.id} can't be sealed without a key.`);
	return { plain: {}, sealed: sealJson(key, events(event.id), event.properties) };
}

/** Whether `sealProperties` will need a key. */
export function isSealed(event: { source: string; properties: Payload }): boolean {
	return !OURS.has(event.source) && !isEmpty(event.properties);
}

export function openProperties(
	keys: KeyBatch,
	row: { id: number; contact_id: number; properties: Payload; sealed: Buffer | null }
): Payload {
	if (!row.sealed) return row.properties;
	return openJson(keys.get(row.contact_id), events(row.id), row.sealed) as Payload;
}

/** The payload that an enrollment entered with. */
export function sealTrigger(key: SealingKey, enrollmentId: number, payload: Payload): Columns {
	if (isEmpty(payload)) return { plain: {}, sealed: null };
	return { plain: {}, sealed: sealJson(key, triggers(enrollmentId), payload) };
}

export function openTrigger(
	keys: KeyBatch,
	row: { id: number; contact_id: number; trigger: Payload; trigger_sealed: Buffer | null }
): Payload {
	if (!row.trigger_sealed) return row.trigger;
	return openJson(keys.get(row.contact_id), triggers(row.id), row.trigger_sealed) as Payload;
}

/** What names an entry that comes later, before its row has a number. */
interface DeferredPlace {
	journey_id: number;
	step: string;
	contact_id: number;
	cause: string;
}

const placeOfDeferred = ({ journey_id, step, contact_id, cause }: DeferredPlace) =>
	deferred(`${journey_id}|${step}|${contact_id}|${cause}`);

/** The payload of an entry that comes later. */
export function sealDeferred(key: SealingKey, of: DeferredPlace, payload: Payload): Buffer | null {
	return isEmpty(payload) ? null : sealJson(key, placeOfDeferred(of), payload);
}

export function openDeferred(
	keys: KeyBatch,
	row: DeferredPlace & { payload_sealed: Buffer | null }
): Payload {
	if (!row.payload_sealed) return {};
	return openJson(keys.get(row.contact_id), placeOfDeferred(row), row.payload_sealed) as Payload;
}

/** What the visits of one wake read, visit by visit. */
export type PathReads = (readonly Read[] | null)[];

/** Whether a path holds more than whether something happened: a value out of a payload, or of an attribute that is not plain. */
export function tellsOfPerson(path: PathReads): boolean {
	return path.some((visit) => visit?.some(isAboutPerson));
}

/** Whether what was read says something about the person, and is masked like an attribute tagged `phi`. */
export function isAboutPerson(read: Read): boolean {
	if (read.phi) return true;
	return !PLAIN_READS.test(read.what);
}

const PLAIN_READS = /^(attribute|message|consent):/;

export function sealReads(key: SealingKey, enrollmentId: number, seq: number, path: PathReads): Buffer {
	return sealJson(key, reads(`${enrollmentId}|${seq}`), path);
}

export function openReads(
	keys: KeyBatch,
	row: {
		enrollment_id: number;
		seq: number;
		contact_id: number;
		reads: (Read[] | null)[] | null;
		reads_sealed: Buffer | null;
	}
): (Read[] | null)[] | null {
	if (!row.reads_sealed) return row.reads;
	const place = reads(`${row.enrollment_id}|${row.seq}`);
	return openJson(keys.get(row.contact_id), place, row.reads_sealed) as (Read[] | null)[];
}

/** What a step asks a person of the team about somebody. */
export function sealQuestion(key: SealingKey, approvalId: number, ask: string): Buffer {
	return sealJson(key, questions(approvalId), ask);
}

export function openQuestion(
	keys: KeyBatch,
	row: { id: number; contact_id: number; sealed: Buffer }
): string {
	return String(openJson(keys.get(row.contact_id), questions(row.id), row.sealed));
}

function isEmpty(payload: Payload): boolean {
	for (const key in payload) if (Object.hasOwn(payload, key)) return false;
	return true;
}
