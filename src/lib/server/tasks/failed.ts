/** What a person does about an enrollment that failed: tries it again where it stood, or leaves it at that. */
import { leaveFailed, retryFailed, type NoRetry } from '$lib/runtime/retry.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { removeNote } from './notes.ts';

const GONE = 'Somebody has looked after this already.';
const refusals: Record<NoRetry, string> = {
	gone: GONE,
	archived: 'The journey is archived, so nobody moves in it any more.',
	'inside-again': 'This person has entered the journey again meanwhile, and must not be in it twice.',
	'too-old': 'This failed in an older version, which did not keep how things stood. It can only be ended.',
	newer: 'This runs on a version that only a newer Stepwell knows. Try again there.'
};

/** Throws ApiError `task.over` where it can't be tried again, or somebody did already. */
export async function retryEnrollment(app: App, id: number, entry: MakeEntry): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const contactId = await lockContactOf(tx, id);
		const retried = await retryFailed(tx, app.pool, id, app.clock.now());
		if (typeof retried === 'string') throw new ApiError('task.over', refusals[retried]);
		await removeNote(tx, { kind: 'failed-enrollment', key: String(id) });
		const { slug, step } = retried;
		const subject = { kind: 'contact', ids: [String(contactId)] };
		audit(entry({ action: 'enrollment.retry', subject, details: { enrollment: id, journey: slug, step } }));
	});
}

/** Throws ApiError `task.over` where somebody did already. */
export async function endEnrollment(app: App, id: number, entry: MakeEntry): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const contactId = await lockContactOf(tx, id);
		if (!(await leaveFailed(tx, id))) throw new ApiError('task.over', GONE);
		await removeNote(tx, { kind: 'failed-enrollment', key: String(id) });
		const subject = { kind: 'contact', ids: [String(contactId)] };
		audit(entry({ action: 'enrollment.leave', subject, details: { enrollment: id } }));
	});
}

async function lockContactOf(tx: Tx, enrollmentId: number): Promise<number> {
	const { rows } = await tx.query<{ id: number }>(
		`select id from contacts where id = (select contact_id from failures where enrollment_id = $1) for no key update`,
		[enrollmentId]
	);
	if (!rows[0]) throw new ApiError('task.over', GONE);
	return rows[0].id;
}
