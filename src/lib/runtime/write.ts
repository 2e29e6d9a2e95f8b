/** Writes what a batch decided: enrollments, paths, counts, messages and waits, in one statement. */
import type { Visit } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { sealReads, tellsOfPerson, type PathReads } from '$lib/server/people/payloads.ts';
import { awaitedEvent, wakeBy, writeQuestions } from './approvals.ts';
import type { Claimed } from './claim.ts';
import { booleans, hexes, instant, instants, jsons, list, numbers, texts } from './columns.ts';
import { CountSheet, UPSERT_COUNTS, writeCounts } from './counts.ts';
import { writeFailures } from './failures.ts';
import { creditGoals } from './goals.ts';
import { lastEventOf, type Move } from './move.ts';
import { own, shapesOf, shared, word, type Shape } from './shapes.ts';
import { writeVisited } from './visited.ts';
import {
	currentTemplates,
	isMessage,
	messageColumns,
	messagesOf,
	visitOf,
	WRITE_MESSAGES
} from './write-messages.ts';

// $1 to $6 are the counts'; each further one is a column over shapes: what its moves have in common, then theirs, each an array
// as text. PostgreSQL so reads a few dozen texts where it would read thousands, and unnesting in the list of a select spares it
// from storing every column first, which `from unnest(…)` does: 0.9 µs in place of 2.3 for twelve columns of a row.
const WRITE = `with moved as (
	update enrollments e set state = u.state, reason = u.reason, step = u.step, arrived_at = ${instant('u.arrived_at')}, waiting_for = u.waiting_for,
		due_at = ${instant('u.due_at')}, wake = u.wake, seq = u.seq, visit_count = u.visit_count, visited = u.visited, last_event_id = u.last_event_id,
		ended_at = ${instant('u.ended_at')},
		left_at = coalesce(u.left_at, e.left_at)
	from (
		select unnest(ids::bigint[]) as id, state, reason, step, waiting_for, wake, seq, visit_count, visited,
			unnest(arrived_at::bigint[]) as arrived_at, unnest(due_at::bigint[]) as due_at, unnest(last_event_id::bigint[]) as last_event_id,
			unnest(ended_at::bigint[]) as ended_at, unnest(left_at::jsonb[]) as left_at
		from (
			select unnest($7::text[]) as ids, unnest($8::int[]) as seq, unnest($9::text[]) as state, unnest($10::text[]) as reason,
				unnest($11::text[]) as step, unnest($12::text[]) as waiting_for, unnest($13::jsonb[]) as wake, unnest($14::int[]) as visit_count,
				unnest($15::text[]) as visited, unnest($16::text[]) as arrived_at, unnest($17::text[]) as due_at,
				unnest($18::text[]) as last_event_id, unnest($19::text[]) as ended_at, unnest($20::text[]) as left_at
		) shapes
	) u
	where e.id = u.id
), pathed as (
	insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reasons, reads, reads_sealed)
	select enrollment_id, seq, version_id, contact_id, ${instant('at')}, ${instant('first_at')}, continues, steps, outcomes, reasons, reads,
		decode(reads_sealed, 'hex')
	from (
		select unnest(ids::bigint[]) as enrollment_id, seq, version_id, unnest(contact_id::bigint[]) as contact_id, unnest(at::bigint[]) as at,
			unnest(first_at::bigint[]) as first_at, continues, steps, outcomes, reasons, unnest(reads::jsonb[]) as reads,
			unnest(reads_sealed::text[]) as reads_sealed
		from (
			select ids, seq, version_id, contact_id, at, first_at, continues, steps::text[], outcomes::text[], reasons::text[], reads, reads_sealed
			from (
				select unnest($7::text[]) as ids, unnest($8::int[]) as seq, unnest($21::int[]) as version_id, unnest($22::text[]) as contact_id,
					unnest($23::text[]) as at, unnest($24::text[]) as first_at, unnest($25::bool[]) as continues, unnest($26::text[]) as steps,
					unnest($27::text[]) as outcomes, unnest($28::text[]) as reasons, unnest($29::text[]) as reads, unnest($30::text[]) as reads_sealed
			) shapes offset 0
		) shapes
	) p
), counted as (
	${UPSERT_COUNTS}
)`;

/** One statement for the whole batch; statements for the waits only where there are any. */
export async function writeMoves(tx: Tx, moves: Move[], shard: number): Promise<void> {
	if (!moves.length) return;
	const sheet = new CountSheet();
	for (const move of moves) countMove(sheet, move);
	await creditGoals(
		tx,
		moves
			.filter((move) => move.result.state === 'converted')
			.map((move) => ({ enrollmentId: move.claimed.id, zone: move.version.zone, at: move.at })),
		sheet
	);
	const messages = messagesOf(moves);
	const values = [shard, ...sheet.columns(), ...moveColumns(moves)];
	if (messages.length)
		await tx.query({
			name: 'write-moves-messages',
			text: `${WRITE}${WRITE_MESSAGES} select 1`,
			values: [...values, ...messageColumns(messages, await currentTemplates(tx, messages))]
		});
	else await tx.query({ name: 'write-moves', text: `${WRITE} select 1`, values });
	await endWaits(tx, moves);
	await beginWaits(tx, moves);
	await writeQuestions(tx, moves);
	await writeFailures(
		tx,
		moves.filter((move) => move.result.state === 'failed')
	);
}

// A wake as its row holds it, made once for each move.
interface Written {
	move: Move;
	wake: Claimed['wake'] | null;
	visited: string;
}

function moveColumns(moves: Move[]): string[] {
	const written = moves.map((move): Written => ({
		move,
		wake: wakeOf(move),
		visited: writeVisited(move.result.arrivals)
	}));
	const shapes = shapesOf(written, shapeOf);
	const move =
		<T>(of: (move: Move) => T) =>
		(each: Written) =>
			of(each.move);
	return [
		own(
			shapes,
			numbers,
			move(({ claimed }) => claimed.id)
		),
		numbers(
			shared(
				shapes,
				move(({ claimed }) => claimed.seq + 1)
			)
		),
		texts(
			shared(
				shapes,
				move(({ result }) => result.state)
			)
		),
		texts(
			shared(
				shapes,
				move(({ result }) => result.reason)
			)
		),
		texts(
			shared(
				shapes,
				move(({ result }) => result.step)
			)
		),
		texts(
			shared(
				shapes,
				move(({ result }) => result.waitingFor)
			)
		),
		jsons(shared(shapes, ({ wake }) => wake)),
		numbers(
			shared(
				shapes,
				move(({ result }) => result.visitCount)
			)
		),
		texts(shared(shapes, ({ visited }) => visited)),
		own(
			shapes,
			instants,
			move(({ result }) => result.arrivedAt)
		),
		own(shapes, instants, move(dueOf)),
		own(
			shapes,
			numbers,
			move((each) => lastEventOf(each) || null)
		),
		own(
			shapes,
			instants,
			move(({ result, at }) => (result.state === 'waiting' ? null : at))
		),
		own(
			shapes,
			jsons,
			move(({ result }) => result.leftAt)
		),
		...pathColumns(shapes)
	];
}

// All that the columns of `shared` are made of.
function shapeOf({ move: { claimed, version, result }, wake, visited }: Written): string {
	const { state, waitingFor, step, reason, visitCount, visits } = result;
	let shape = `${version.versionId} ${claimed.seq} ${visitCount} ${state} ${waitingFor} ${visits[0]?.continues} `;
	shape += word(step) + word(visited) + word(reason) + word(wake && JSON.stringify(wake));
	for (const visit of visits) shape += word(visit.step) + word(visit.outcome) + word(visit.reason);
	return shape;
}

// Who is given a place at this very instant was set going by that, and comes before the next event of the instant.
function wakeOf({ at, happened, result, version }: Move): Claimed['wake'] | null {
	if (happened) return wakeBy(version.plan, result.step, happened);
	const hasPlace = result.waitingFor === 'place' && result.dueAt !== null && result.dueAt <= at;
	return hasPlace ? { kind: 'due' } : null;
}

function dueOf({ happened, result }: Move): number | null {
	return happened ? Math.max(happened.occurredAt, result.arrivedAt) : result.dueAt;
}

function pathColumns(shapes: readonly Shape<Written>[]): string[] {
	const paths = (of: (visit: Visit) => string | null | undefined) =>
		texts(shared(shapes, ({ move }) => list(move.result.visits.map(of))));
	const hasReasons = ({ move }: Written) => move.result.visits.some((visit) => visit.reason);
	return [
		numbers(shared(shapes, ({ move }) => move.version.versionId)),
		own(shapes, numbers, ({ move }) => move.claimed.contactId),
		own(shapes, instants, ({ move }) => move.at),
		own(shapes, instants, ({ move }) => move.result.visits[0]?.at ?? move.at),
		booleans(shared(shapes, ({ move }) => move.result.visits[0]?.continues === true)),
		paths((visit) => visit.step),
		paths((visit) => visit.outcome),
		texts(
			shared(shapes, (each) =>
				hasReasons(each) ? list(each.move.result.visits.map((visit) => visit.reason)) : null
			)
		),
		own(shapes, jsons, ({ move }) => plainReadsOf(move)),
		own(shapes, hexes, ({ move }) => sealedReadsOf(move))
	];
}

function plainReadsOf(move: Move): PathReads | null {
	const path = readsOf(move);
	return path && !tellsOfPerson(path) ? path : null;
}

function sealedReadsOf(move: Move): Buffer | null {
	const path = readsOf(move);
	if (!path || !tellsOfPerson(path)) return null;
	const { keys, contactId, id, seq } = move.claimed;
	return sealReads(keys.get(contactId), id, seq + 1, path);
}

function readsOf({ result }: Move): PathReads | null {
	if (!result.visits.some((visit) => visit.reads?.length)) return null;
	return result.visits.map((visit) => visit.reads ?? null);
}

function countMove(sheet: CountSheet, move: Move): void {
	const { version, result } = move;
	const add = (visit: Visit, measure: string) =>
		sheet.add(version.versionId, version.zone, visit.at, visit.step, measure);
	for (const visit of result.visits) {
		if (!visit.continues) add(visit, 'entered');
		if (visit.outcome !== null) add(visit, leftBy(visit.outcome));
	}
	countEnd(move, add);
	for (const effect of result.effects)
		if (isMessage(effect) && effect.state === 'blocked')
			add(visitOf(effect, move), `blocked:${effect.reason}`);
}

const measureByOutcome = new Map<string, string>();

// Plans have few outcomes, and a batch counts thousands: the same text is not put together each time.
function leftBy(outcome: string): string {
	let measure = measureByOutcome.get(outcome);
	if (!measure) measureByOutcome.set(outcome, (measure = `left:${outcome}`));
	return measure;
}

// "Dropped" counts at the step where it ended, also where the loop guard let nobody on after the step was left (§6).
const DROPPING: readonly string[] = ['exited', 'stopped', 'failed'];

function countEnd({ version, result }: Move, add: (visit: Visit, measure: string) => void): void {
	const last = result.visits.at(-1);
	if (!last || result.state === 'waiting') return;
	if (last.outcome === null) add(last, `ended:${result.state}`);
	if (DROPPING.includes(result.state) && version.plan.steps[last.step]?.kind !== 'exit')
		add(last, `dropped:${result.reason ?? result.state}`);
}

async function endWaits(tx: Tx, moves: Move[]): Promise<void> {
	const hasEnded = ({ claimed: { waitingFor } }: Move) => waitingFor === 'event' || waitingFor === 'approval';
	const ended = moves.filter(hasEnded).map((move) => move.claimed.id);
	if (ended.length) await tx.query('delete from event_waits where enrollment_id = any($1)', [ended]);
}

async function beginWaits(tx: Tx, moves: Move[]): Promise<void> {
	const begun = moves.filter((move) => awaitedEvent(move) !== null && !move.happened);
	if (!begun.length) return;
	await tx.query(
		`insert into event_waits (contact_id, event, enrollment_id, version_id, step, arrived_at, after_event_id)
		 select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::int[], $5::text[], $6::timestamptz[], $7::bigint[])`,
		[
			begun.map((move) => move.claimed.contactId),
			begun.map(awaitedEvent),
			begun.map((move) => move.claimed.id),
			begun.map((move) => move.version.versionId),
			begun.map((move) => move.result.step),
			begun.map((move) => new Date(move.result.arrivedAt)),
			begun.map(lastEventOf)
		]
	);
}

/** Fails enrollments without a path of what happened, for rows that nothing else can be written about. */
export async function markFailed(
	tx: Tx,
	claimed: { each: Claimed; zone: string }[],
	failure: { reason: string; at: number },
	shard: number
): Promise<void> {
	const sheet = new CountSheet();
	for (const { each, zone } of claimed) {
		const { step, arrivedAt, standing } = each.state;
		if (!standing) sheet.add(each.versionId, zone, arrivedAt, step, 'entered');
		sheet.add(each.versionId, zone, arrivedAt, step, 'ended:failed');
		sheet.add(each.versionId, zone, arrivedAt, step, `dropped:${failure.reason}`);
	}
	const ids = claimed.map(({ each }) => each.id);
	await tx.query(
		`update enrollments set state = 'failed', reason = $2, ended_at = $3, waiting_for = null, due_at = null, wake = null
		 where id = any($1)`,
		[ids, failure.reason, new Date(failure.at)]
	);
	await tx.query('delete from event_waits where enrollment_id = any($1)', [ids]);
	await writeFailures(
		tx,
		claimed.map(({ each }) => ({ claimed: each, at: failure.at }))
	);
	await writeCounts(tx, sheet, shard);
}
