/** Answers a question about a person, once: by the event that ends the wait, so that there is one way into the runtime. */
import { APPROVAL_ANSWERED } from '$lib/runtime/approvals.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { recordEvents } from '../ingest/record.ts';
import { mayDo, type Doer } from './doer.ts';
import { removeNote } from './notes.ts';

export type Answer = 'approved' | 'declined';

interface Asked {
	contactId: number;
	enrollmentId: number;
	step: string;
	decides: string[];
	slug: string;
	journeyState: string;
	answer: Answer | null;
	answeredBy: string | null;
	/** When the time for the answer is up; null where nobody is asked any more. */
	until: Date | null;
}

/** Throws ApiError `not-found`, `auth.forbidden` for whom the step does not name, and `task.over` for a second answer or one too late. */
export async function answerApproval(
	app: App,
	doer: Doer,
	{ id, answer }: { id: number; answer: Answer },
	entry: MakeEntry
): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const now = app.clock.now();
		const asked = await lockAsked(tx, id);
		refuse(asked, doer, now);
		const { contactId, enrollmentId, step, slug } = asked;
		await tx.query('update approvals set answered_at = $2, answered_by = $3, answer = $4 where id = $1', [
			id,
			new Date(now),
			doer.actor.id,
			answer
		]);
		await removeNote(tx, { kind: 'approval', key: String(id) });
		const properties = { step, journey: slug, enrollment: enrollmentId, answer, by: doer.actor.id };
		await recordEvents(tx, app.vault, [
			{ contactId, name: APPROVAL_ANSWERED, properties, occurredAt: now, receivedAt: now, source: 'tasks' }
		]);
		const subject = { kind: 'contact', ids: [String(contactId)] };
		audit(entry({ action: `approval.${answer}`, subject, details: { approval: id, journey: slug, step } }));
	});
}

// The person first, as the runtime does it: whoever moves them meanwhile is done before, and what they wait for is read after.
async function lockAsked(tx: Tx, id: number): Promise<Asked> {
	await tx.query(
		'select from contacts where id = (select contact_id from approvals where id = $1) for no key update',
		[id]
	);
	const { rows } = await tx.query<Asked>(
		`select a.contact_id as "contactId", a.enrollment_id as "enrollmentId", a.step, a.decides, j.slug, j.state as "journeyState",
			a.answer, u.name as "answeredBy", case when w.enrollment_id is not null then e.due_at end as until
		from approvals a join contacts c on c.id = a.contact_id
		join enrollments e on e.id = a.enrollment_id join journeys j on j.id = e.journey_id
		left join users u on u.id = a.answered_by
		left join event_waits w on w.enrollment_id = a.enrollment_id and w.event = $2 and w.step = a.step
			and a.arrival = visits_of(e.visited, a.step)
		where a.id = $1 for update of a`,
		[id, APPROVAL_ANSWERED]
	);
	if (!rows[0]) throw new ApiError('not-found', 'There is no such question any more.');
	return rows[0];
}

function refuse(asked: Asked, doer: Doer, now: number): void {
	if (!mayDo(doer, { kind: 'approval', decides: asked.decides }))
		throw new ApiError('auth.forbidden', 'This question is for somebody else to answer.');
	if (asked.answer) {
		const said = asked.answer === 'approved' ? 'approved' : 'declined';
		throw new ApiError('task.over', `${asked.answeredBy ?? 'Somebody'} has ${said} this already.`);
	}
	if (asked.journeyState === 'paused')
		throw new ApiError('task.over', 'The journey is paused. The question comes back when it goes on.');
	if (!asked.until)
		throw new ApiError('task.over', 'Nobody is asked any more: this person has left the step meanwhile.');
	if (asked.until.getTime() < now) throw new ApiError('task.over', 'The time for an answer is up.');
}
