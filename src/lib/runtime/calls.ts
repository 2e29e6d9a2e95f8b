/** Puts the calls that steps make into the outbox, in the batch's transaction: once for each (enrollment, step, arrival). */
import type { Effect } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { sealRequest } from '$lib/server/people/outgoing.ts';
import type { Move } from './move.ts';

type WebhookEffect = Extract<Effect, { kind: 'webhook' }>;

const WRITE = `insert into webhook_calls (id, enrollment_id, version_id, step, arrival, contact_id, visit_at, request)
	select * from unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[], $5::int[], $6::bigint[], $7::timestamptz[], $8::bytea[])`;

/** Whether a move calls another system. */
export function callsOut(move: Move): boolean {
	return move.result.effects.some((effect) => effect.kind === 'webhook');
}

/** Journeys without such steps pay nothing for it. */
export async function writeCalls(tx: Tx, moves: readonly Move[]): Promise<void> {
	const calls = moves.flatMap((move) =>
		move.result.effects.flatMap((effect) => (effect.kind === 'webhook' ? [{ move, effect }] : []))
	);
	if (!calls.length) return;
	const ids = await drawIds(tx, 'webhook_calls', calls.length);
	const column = <T>(of: (effect: WebhookEffect, move: Move) => T) =>
		calls.map(({ effect, move }) => of(effect, move));
	await tx.query(WRITE, [
		ids,
		column((_, move) => move.claimed.id),
		column((_, move) => move.version.versionId),
		column((effect) => effect.step),
		column((effect) => effect.arrival),
		column((_, move) => move.claimed.contactId),
		column((_, move) => new Date(move.result.arrivedAt)),
		calls.map(({ effect, move }, at) => sealed(ids[at] ?? 0, effect, move))
	]);
}

function sealed(id: number, { url, method, headers, body }: WebhookEffect, { claimed }: Move): Buffer {
	return sealRequest(claimed.keys.get(claimed.contactId), id, { url, method, headers, body });
}

/** Ids drawn beforehand, since what is sealed is bound to them. */
export async function drawIds(tx: Tx, table: 'webhook_calls' | 'notices', count: number): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select nextval(pg_get_serial_sequence($1, 'id')) as id from generate_series(1, $2)`,
		[table, count]
	);
	return rows.map((row) => row.id);
}
