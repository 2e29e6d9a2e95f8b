/** Tries stopped people again, many at a time, each as the Tasks page would. */
import { retryAllFailed, type NoRetry, type Retried } from '$lib/runtime/retry.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { removeNotes } from '../tasks/notes.ts';
import { nextFailures, type Which } from './failures.ts';

/** So many in one transaction, which holds their contacts. */
export const RETRIED_AT_ONCE = 100;

export interface RetryOutcome {
	/** How many go on. */
	retried: number;
	/** How many can't be tried again, by why. */
	refused: Partial<Record<NoRetry, number>>;
	/** Give it back as `after` for those that are left; null when all were tried. */
	next: number | null;
}

/** Tries one again. */
export async function retryOne(app: App, enrollment: number, entry: MakeEntry): Promise<RetryOutcome> {
	return { ...(await retryThese(app, [enrollment], { enrollment }, entry)), next: null };
}

/** Tries the next 100 of `which` again, from behind `after` on. Those that fail at once again are not among the next. */
export async function retryMany(
	app: App,
	which: Which,
	after: number,
	entry: MakeEntry
): Promise<RetryOutcome> {
	const ids = await nextFailures(app.pool, which, after, RETRIED_AT_ONCE);
	const details = Object.fromEntries(Object.entries(which).filter(([, value]) => value !== undefined));
	const isLast = ids.length < RETRIED_AT_ONCE;
	return {
		...(await retryThese(app, ids, details, entry)),
		next: isLast ? null : (ids.at(-1) ?? null)
	};
}

function retryThese(
	app: App,
	ids: readonly number[],
	details: Record<string, string | number>,
	entry: MakeEntry
): Promise<Omit<RetryOutcome, 'next'>> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const contacts = await lockContactsOf(tx, ids);
		const results = await retryAllFailed(tx, app.pool, ids, app.clock.now());
		const retried = ids.filter((id) => typeof results.get(id) === 'object');
		const first = results.get(retried[0] ?? 0);
		await removeNotes(tx, 'failed-enrollment', retried.map(String));
		if (typeof first === 'object')
			audit(
				entry({
					action: 'enrollment.retry',
					subject: { kind: 'contact', ids: uniqueContacts(retried, contacts) },
					details: { journey: first.slug, ...details, retried: retried.length }
				})
			);
		return { retried: retried.length, refused: countRefusals(results.values()) };
	});
}

/** The contacts, by enrollment. Locked in the order of their ids, as whoever locks several does. */
async function lockContactsOf(tx: Tx, ids: readonly number[]): Promise<Map<number, number>> {
	const { rows } = await tx.query<{ enrollment: number; contact: number }>(
		'select enrollment_id as enrollment, contact_id as contact from failures where enrollment_id = any($1)',
		[ids]
	);
	await tx.query('select from contacts where id = any($1) order by id for no key update', [
		rows.map(({ contact }) => contact)
	]);
	return new Map(rows.map(({ enrollment, contact }) => [enrollment, contact]));
}

function uniqueContacts(retried: readonly number[], contacts: ReadonlyMap<number, number>): string[] {
	return [...new Set(retried.flatMap((id) => contacts.get(id) ?? []))].map(String);
}

function countRefusals(results: Iterable<Retried | NoRetry>): RetryOutcome['refused'] {
	const refused: RetryOutcome['refused'] = {};
	for (const result of results) if (typeof result === 'string') refused[result] = (refused[result] ?? 0) + 1;
	return refused;
}
