/**
 * `wait.approval` (§3): a question to a person. It is open while its wait is, so whatever ends the wait takes it back; the
 * answer is the event `approval.answered`, which ends the wait as any awaited event does.
 */
import {
	matchesWait,
	type Effect,
	type EventFact,
	type OpenWait,
	type Plan,
	type Wake
} from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { sealQuestion } from '$lib/server/people/payloads.ts';
import { AFTER_ITS_EVENTS, type Claimed } from './claim.ts';
import type { Move } from './move.ts';
import { Unwritable } from './row-fault.ts';

/** The event that answers a question: `step`, `answer`, and where given the one `journey` or `enrollment` it is meant for. */
export const APPROVAL_ANSWERED = 'approval.answered';

type Question = Extract<Effect, { kind: 'approval' }>;

/** The event that a move begins to wait for; null where it waits for none. */
export function awaitedEvent({ result }: Move): string | null {
	if (result.waitingFor === 'approval') return APPROVAL_ANSWERED;
	if (result.waitingFor !== 'event') return null;
	const wait = result.effects.find((effect) => effect.kind === 'eventWait');
	if (wait?.kind !== 'eventWait')
		throw new Unwritable(`Step ${result.step} waits for an event without naming it.`);
	return wait.event;
}

/** Whether an event ends the open wait of an enrollment at a step: what is awaited there, or the answer to its question. */
export function endsWait(
	plan: Plan,
	wait: OpenWait & { enrollmentId: number; step: string },
	event: EventFact
): boolean {
	if (plan.steps[wait.step]?.kind !== 'wait.approval') return matchesWait(plan, wait.step, event, wait);
	const { step, journey, enrollment } = event.properties;
	return (
		event.name === APPROVAL_ANSWERED &&
		step === wait.step &&
		(journey === undefined || journey === plan.slug) &&
		(enrollment === undefined || enrollment === wait.enrollmentId) &&
		isWhileAsked(wait, event)
	);
}

// By when it was given: after the question, and not after its time.
function isWhileAsked({ arrivedAt, afterEventId, dueAt }: OpenWait, event: EventFact): boolean {
	if (typeof dueAt === 'number' && event.occurredAt > dueAt) return false;
	if (event.occurredAt !== arrivedAt) return event.occurredAt > arrivedAt;
	return typeof afterEventId === 'number' && event.id > afterEventId;
}

/** How the event that ended a wait at `step` wakes its enrollment. */
export function wakeBy(plan: Plan, step: string, event: EventFact): Wake & { eventId: number } {
	if (plan.steps[step]?.kind !== 'wait.approval') return { kind: 'event', eventId: event.id };
	const answer = event.properties['answer'] === 'approved' ? 'approved' : 'declined';
	return { kind: 'approval', answer, eventId: event.id };
}

/**
 * Of `claimed`, whose contacts are locked, those that no answer in time holds back: one may have come between the claim and
 * the lock. It is routed first, and the time that ran out moves nobody.
 */
export async function withoutAnswered(tx: Tx, claimed: Claimed[]): Promise<Claimed[]> {
	const asked = claimed.filter(({ waitingFor, wake }) => waitingFor === 'approval' && wake.kind === 'due');
	if (!asked.length) return claimed;
	const { rows } = await tx.query<{ id: number }>(
		`select e.id from enrollments e where e.id = any($1) and not (${AFTER_ITS_EVENTS})`,
		[asked.map((each) => each.id)]
	);
	const answered = new Set(rows.map((row) => row.id));
	return claimed.filter((each) => !answered.has(each.id));
}

/** Writes the questions that moves begin to wait for, sealed: what is asked may hold what is known of the person. */
export async function writeQuestions(tx: Tx, moves: readonly Move[]): Promise<void> {
	const asked = moves.flatMap((move) => {
		const question = move.result.effects.find((effect): effect is Question => effect.kind === 'approval');
		return question && move.result.waitingFor === 'approval' ? [{ move, question }] : [];
	});
	if (!asked.length) return;
	const ids = await reserveIds(tx, asked.length);
	await tx.query(
		`insert into approvals (id, contact_id, enrollment_id, step, arrival, decides, asked_sealed, asked_at)
		 select id, contact_id, enrollment_id, step, arrival, array(select jsonb_array_elements_text(decides)), sealed, asked_at
		 from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::jsonb[], $7::bytea[], $8::timestamptz[])
			as u (id, contact_id, enrollment_id, step, arrival, decides, sealed, asked_at)`,
		[
			ids,
			asked.map(({ move }) => move.claimed.contactId),
			asked.map(({ move }) => move.claimed.id),
			asked.map(({ question }) => question.step),
			asked.map(({ question }) => question.arrival),
			asked.map(({ question }) => JSON.stringify([question.by].flat())),
			asked.map(({ move, question }, at) => sealed(move, ids[at] ?? 0, question.ask)),
			asked.map(({ move }) => new Date(move.result.arrivedAt))
		]
	);
}

function sealed({ claimed }: Move, id: number, ask: string): Buffer {
	return sealQuestion(claimed.keys.get(claimed.contactId), id, ask);
}

async function reserveIds(tx: Tx, count: number): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select nextval(pg_get_serial_sequence('approvals', 'id')) as id from generate_series(1, $1)`,
		[count]
	);
	return rows.map((row) => row.id);
}
