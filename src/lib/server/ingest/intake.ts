/** Writes requests down, many in one transaction, each wholly or not at all. */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import { recordAudit } from '../audit/record.ts';
import { isConnectionError } from '../db/connection-error.ts';
import { inTransaction, type Tx } from '../db/db.ts';
import { pointer } from '../http/pointer.ts';
import type { Vault } from '../seal/vault.ts';
import { checkAttributes, loadContactBook, type ContactBook } from './contact-book.ts';
import { writeContacts } from './contacts.ts';
import type { IntakeEvent } from './event-input.ts';
import { claim, idOf, keepAnswers, release, type Earlier, type Once } from './idempotency.ts';
import { entriesOf, noteChanges, type Written } from './written.ts';
import { findEventsByKey, recordEvents, type RecordedEvent } from './record.ts';

/** One request, parsed. JSON all through, so that the spool can keep it. */
export interface Intake {
	source: string;
	receivedAt: number;
	events: IntakeEvent[];
	/** Whether the request was a list; then paths begin with a place in it, and the answer is a list too. */
	many: boolean;
	once: Once | null;
}

export interface EventAnswer {
	/** The event's id: for a duplicate, that of the first with its idempotency key. */
	event: string | null;
	duplicate: boolean;
}
export type IntakeAnswer = EventAnswer | { events: EventAnswer[] };

/** `away`: PostgreSQL did not answer. `xid` is the transaction that may have been committed all the same. */
export type Outcome =
	| { kind: 'recorded'; answer: IntakeAnswer }
	| { kind: 'refused'; error: ApiError }
	| { kind: 'failed'; error: unknown }
	| { kind: 'away'; xid: string | null };

/** Commits `intakes` and tells of each what became of it; never throws. The keys of `once` must differ from each other. */
export async function commitIntakes(app: App, intakes: readonly Intake[]): Promise<Outcome[]> {
	let xid: string | null = null;
	try {
		return await inTransaction(app.pool, async (tx) => {
			const written: Written = new Map();
			const outcomes = await writeIntakes(tx, app.vault, intakes, app.clock.now(), written);
			const { rows } = await tx.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
			xid = rows[0]?.xid ?? null;
			await recordAudit(tx, entriesOf(written, app.clock.now()));
			return outcomes;
		});
	} catch (error) {
		if (isConnectionError(error)) return intakes.map(() => ({ kind: 'away', xid }));
		if (intakes.length === 1) return [{ kind: 'failed', error }];
		// One request that the database refuses must not take the others with it: halve until it stands alone.
		const half = Math.ceil(intakes.length / 2);
		const first = await commitIntakes(app, intakes.slice(0, half));
		return [...first, ...(await commitIntakes(app, intakes.slice(half)))];
	}
}

async function writeIntakes(
	tx: Tx,
	vault: Vault,
	intakes: readonly Intake[],
	now: number,
	written: Written
): Promise<Outcome[]> {
	const earlier = await claim(tx, oncesOf(intakes), now);
	const fresh = intakes.filter((intake) => !intake.once || !earlier.has(idOf(intake.once)));
	const book = await loadContactBook(tx, vault, fresh);
	const errors = new Map<Intake, ApiError>();
	for (const intake of fresh) {
		const error = refusalOf(intake, book);
		if (error) errors.set(intake, error);
	}
	await release(tx, oncesOf([...errors.keys()]));
	const accepted = fresh.filter((intake) => !errors.has(intake));
	const answers = await record(tx, vault, accepted, book, now, written);
	await keepAnswers(
		tx,
		accepted.flatMap(({ once }, i) => (once ? [{ once, response: answers[i] }] : []))
	);
	const answerByIntake = new Map(accepted.map((intake, i) => [intake, answers[i]]));
	return intakes.map((intake) => {
		const error = errors.get(intake);
		if (error) return { kind: 'refused', error };
		const answer = answerByIntake.get(intake);
		return answer ? { kind: 'recorded', answer } : repeated(intake, earlier);
	});
}

function repeated(intake: Intake, earlier: Map<string, Earlier>): Outcome {
	const first = intake.once ? earlier.get(idOf(intake.once)) : undefined;
	if (!first) throw new Error('A request was neither recorded nor refused nor a repeat.');
	if (first === 'mismatch')
		return {
			kind: 'refused',
			error: new ApiError(
				'idempotency.mismatch',
				'This Idempotency-Key was used for another request. Use a new one.'
			)
		};
	return { kind: 'recorded', answer: first.response as IntakeAnswer };
}

/** What is wrong with a request in view of the contacts there are; a sound one enters the contacts that it brings. */
function refusalOf(intake: Intake, book: ContactBook): ApiError | null {
	const brought = new Set(intake.events.filter((event) => event.patch).map((event) => event.contactId));
	for (const [i, { contactId, patch }] of intake.events.entries()) {
		const path = intake.many ? [i, 'contact'] : ['contact'];
		if (patch) {
			const error = checkAttributes(book, patch, path);
			if (error) return error;
		} else if (!brought.has(contactId) && !book.has(contactId)) {
			const message = 'There is no contact of this id. Send the contact as an object to create it.';
			return new ApiError('contact.unknown', message, { path: pointer(path) });
		}
	}
	for (const event of intake.events) if (event.patch) book.bring(event.patch);
	return null;
}

async function record(
	tx: Tx,
	vault: Vault,
	intakes: readonly Intake[],
	book: ContactBook,
	now: number,
	written: Written
): Promise<IntakeAnswer[]> {
	const events = intakes.flatMap((intake) => intake.events.map((event) => ({ ...event, intake })));
	const patched = events.flatMap(({ patch, intake }) => (patch ? [{ patch, source: intake.source }] : []));
	const { ids, changes } = await writeContacts(
		tx,
		vault,
		patched.map(({ patch }) => patch),
		now
	);
	patched.forEach(({ patch }, i) => book.know(patch.id, ids[i]));
	noteChanges(
		written,
		patched.map(({ source }, i) => ({ source, id: ids[i] ?? 0 })),
		changes
	);
	const answers = await recordOrFind(
		tx,
		vault,
		events.map(({ intake, contactId, name, properties, occurredAt, key }) => ({
			contactId: book.idOf(contactId),
			name,
			properties,
			occurredAt,
			receivedAt: intake.receivedAt,
			source: intake.source,
			...(key !== null && { key })
		}))
	);
	let next = 0;
	return intakes.map(({ many, events: { length } }) => {
		const mine = answers.slice(next, (next += length));
		return many ? { events: mine } : (mine[0] ?? { event: null, duplicate: true });
	});
}

/** Records what is new; what a key holds back is answered with the event that has the key. */
async function recordOrFind(tx: Tx, vault: Vault, events: readonly RecordedEvent[]): Promise<EventAnswer[]> {
	const recorded = await recordEvents(tx, vault, events);
	const repeats = events.filter((_, i) => recorded[i]?.id === null);
	const firsts = await findEventsByKey(
		tx,
		vault,
		repeats.map(({ source, key = '' }) => ({ source, key }))
	);
	const answers = recorded.map(({ id }) => ({ id: id ?? firsts.shift() ?? null, duplicate: id === null }));
	return answers.map(({ id, duplicate }) => ({ event: id === null ? null : String(id), duplicate }));
}

function oncesOf(intakes: readonly Intake[]): Once[] {
	return intakes.flatMap(({ once }) => (once ? [once] : []));
}
