/** For a person's own file: what other systems and the team were told about them. */
import type { Db } from '../db/db.ts';
import type { KeyBatch } from '../seal/contact-keys.ts';
import { openAnswer, openNotice, openRequest } from './outgoing.ts';

type Told = Map<number, Record<string, unknown>[]>;

/** Calls by enrollment. Values of headers are keys of systems, and nobody's but theirs. */
export async function requestsOf(db: Db, keys: KeyBatch, enrollments: readonly number[]): Promise<Told> {
	const { rows } = await db.query<{
		id: number;
		contact_id: number;
		enrollment_id: number;
		request: Buffer | null;
		answer: Buffer | null;
		step: string;
		state: string;
		at: Date;
	}>(
		`select id, contact_id, enrollment_id, request, answer, step, state, visit_at as at
		from webhook_calls where enrollment_id = any($1::bigint[]) order by id`,
		[enrollments]
	);
	return told(rows, (row) => {
		const { request, answer, step, state, at } = row;
		const { url, method, body } = request ? openRequest(keys, { ...row, request }) : {};
		const kept = answer ? { answer: openAnswer(keys, { ...row, answer }) } : {};
		return { step, state, at, url, method, body, ...kept };
	});
}

/** Notes to the team, by enrollment. */
export async function noticesOf(db: Db, keys: KeyBatch, enrollments: readonly number[]): Promise<Told> {
	const { rows } = await db.query<{
		id: number;
		contact_id: number;
		enrollment_id: number;
		sealed: Buffer | null;
		step: string;
		recipient: string;
		state: string;
		at: Date;
	}>(
		`select id, contact_id, enrollment_id, sealed, step, recipient, state, visit_at as at
		from notices where enrollment_id = any($1::bigint[]) order by id`,
		[enrollments]
	);
	return told(rows, (row) => {
		const { sealed, step, recipient, state, at } = row;
		return { step, to: recipient, state, at, text: sealed && openNotice(keys, { ...row, sealed }) };
	});
}

function told<Row extends { enrollment_id: number }>(
	rows: readonly Row[],
	print: (row: Row) => Record<string, unknown>
): Told {
	const groups = Map.groupBy(rows, (row) => row.enrollment_id);
	return new Map([...groups].map(([id, own]) => [id, own.map(print)]));
}
