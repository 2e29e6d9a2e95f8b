/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): one row a key, written in the transaction of the effect.
 * So a key is either unused, or it has its answer; what is half done is seen by nobody.
 */
import type { Db, Tx } from '../db/db.ts';
import { marksOf } from '../people/marks.ts';
import type { Vault } from '../seal/vault.ts';

/** How long an answer is kept (ms). */
const KEPT_MS = 24 * 60 * 60_000;

/** A request that must have its effect once only. */
export interface Once {
	apiKeyId: string;
	key: string;
	route: string;
	/** A hash of the route and the body, in hex. */
	bodyHash: string;
}

/**
 * As it is kept. A key is an integrator's text and may name a patient; a bare hash of a short body could be guessed. Both are
 * hashed under a key of ours.
 */
export function markOnce(vault: Vault, once: Once): Once {
	const { eventKey } = marksOf(vault);
	return {
		...once,
		key: eventKey.markOf(once.key)?.toString('base64url') ?? '',
		bodyHash: eventKey.markOf(once.bodyHash)?.toString('hex') ?? ''
	};
}

/** The first request's answer, if this one is its repeat; `mismatch` if it is another request under the same key. */
export type Earlier = { response: unknown } | 'mismatch';

const CLAIM = `
insert into idempotency_keys as k (api_key_id, key, route, body_hash, created_at)
select i.api_key_id, i.key, i.route, decode(i.body_hash, 'hex'), $5
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as i (api_key_id, key, route, body_hash)
order by i.api_key_id, i.key
on conflict (api_key_id, key) do update
	set route = excluded.route, body_hash = excluded.body_hash, status = null, response = null, created_at = excluded.created_at
	where k.created_at < $6
returning api_key_id, key`;

/**
 * Takes the keys for this transaction. Gives what was answered earlier, by `idOf`, for those that are used up. A key that
 * another transaction holds is waited for. The keys must differ from each other.
 */
export async function claim(tx: Tx, requests: readonly Once[], now: number): Promise<Map<string, Earlier>> {
	const earlier = new Map<string, Earlier>();
	if (requests.length === 0) return earlier;
	const claimed = await tx.query<{ api_key_id: string; key: string }>(CLAIM, [
		...columns(requests),
		requests.map((once) => once.route),
		requests.map((once) => once.bodyHash),
		new Date(now),
		new Date(now - KEPT_MS)
	]);
	const ours = new Set(claimed.rows.map((row) => idOf({ apiKeyId: row.api_key_id, key: row.key })));
	const repeats = requests.filter((once) => !ours.has(idOf(once)));
	if (repeats.length === 0) return earlier;
	const { rows } = await tx.query<{ api_key_id: string; key: string; body_hash: string; response: unknown }>(
		`select k.api_key_id, k.key, encode(k.body_hash, 'hex') as body_hash, k.response
		from idempotency_keys k join unnest($1::text[], $2::text[]) as i (api_key_id, key) using (api_key_id, key)`,
		columns(repeats)
	);
	const rowById = new Map(rows.map((row) => [idOf({ apiKeyId: row.api_key_id, key: row.key }), row]));
	for (const once of repeats) {
		const row = rowById.get(idOf(once));
		earlier.set(idOf(once), row?.body_hash === once.bodyHash ? { response: row.response } : 'mismatch');
	}
	return earlier;
}

/** Gives back keys whose requests were refused: nothing happened, so the corrected request may use them. */
export async function release(tx: Tx, requests: readonly Once[]): Promise<void> {
	if (requests.length === 0) return;
	await tx.query(
		`delete from idempotency_keys k using unnest($1::text[], $2::text[]) as i (api_key_id, key)
		where k.api_key_id = i.api_key_id and k.key = i.key`,
		columns(requests)
	);
}

/** Keeps the answers, all with status 202. */
export async function keepAnswers(
	tx: Tx,
	answers: readonly { once: Once; response: unknown }[]
): Promise<void> {
	if (answers.length === 0) return;
	await tx.query(
		`update idempotency_keys k set status = 202, response = i.response::jsonb
		from unnest($1::text[], $2::text[], $3::text[]) as i (api_key_id, key, response)
		where k.api_key_id = i.api_key_id and k.key = i.key`,
		[
			...columns(answers.map((answer) => answer.once)),
			answers.map((answer) => JSON.stringify(answer.response))
		]
	);
}

/** Deletes answers that are kept no longer. */
export async function forgetOldAnswers(db: Db, now: number): Promise<void> {
	await db.query('delete from idempotency_keys where created_at < $1', [new Date(now - KEPT_MS)]);
}

export function idOf(once: Pick<Once, 'apiKeyId' | 'key'>): string {
	return `${once.apiKeyId} ${once.key}`;
}

function columns(requests: readonly Once[]): [string[], string[]] {
	return [requests.map((once) => once.apiKeyId), requests.map((once) => once.key)];
}
