/** What a call came back with, beside the enrollment that it wakes: the body is sealed, so it never stands in `wake`. */
import type { Tx } from '$lib/server/db/db.ts';
import { openAnswer } from '$lib/server/people/outgoing.ts';
import type { KeyBatch } from '$lib/server/seal/contact-keys.ts';
import type { Claimed } from './claim.ts';

interface Woken {
	contact_id: number;
	wake: Claimed['wake'] | null;
}

/** The sealed bodies, by call, of those in `rows` whom an answer wakes. A batch without any asks nothing. */
export async function loadAnswers(tx: Tx, rows: readonly Woken[]): Promise<Map<number, Buffer>> {
	const calls = rows.flatMap(({ wake }) => (wake?.kind === 'webhook' && wake.answer && wake.call) || []);
	if (!calls.length) return new Map();
	const found = await tx.query<{ id: number; answer: Buffer }>(
		'select id, answer from webhook_calls where id = any($1) and answer is not null',
		[calls]
	);
	return new Map(found.rows.map(({ id, answer }) => [id, answer]));
}

/** The wake with the answer's body in it. Throws a SealError for one that can't be opened. */
export function withAnswer(
	keys: KeyBatch,
	{ contact_id, wake }: Woken,
	answers: ReadonlyMap<number, Buffer>
): Claimed['wake'] {
	if (wake?.kind !== 'webhook' || !wake.answer || wake.call === undefined) return wake ?? { kind: 'due' };
	const answer = answers.get(wake.call);
	if (!answer) return wake;
	return {
		...wake,
		answer: { ...wake.answer, body: openAnswer(keys, { id: wake.call, contact_id, answer }) }
	};
}
