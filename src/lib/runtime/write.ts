/** Writes what a batch decided: enrollments, paths, counts, messages and waits, in one statement. */
import type { Effect, Visit } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { sealReads, tellsOfPerson, type PathReads } from '$lib/server/people/payloads.ts';
import { awaitedEvent, wakeBy, writeQuestions } from './approvals.ts';
import type { Claimed } from './claim.ts';
import { booleans, byteas, instant, instants, jsons, numbers, texts } from './columns.ts';
import { CountSheet, UPSERT_COUNTS, writeCounts } from './counts.ts';
import { writeFailures } from './failures.ts';
import { creditGoals } from './goals.ts';
import { lastEventOf, type Move } from './move.ts';
import { Unwritable } from './row-fault.ts';
import { writeVisited } from './visited.ts';

type MessageEffect = Extract<Effect, { kind: 'message' }>;

// Lists of different lengths can't be columns of one array, so they travel joined by characters that no text of ours holds.
const SEPARATOR = '\u001f';
const NULL_MARK = '\u001e';

// $1 to $6 are the counts'; each further one is a column over all moves.
const WRITE = `with moved as (
	update enrollments e set state = u.state, reason = u.reason, step = u.step, arrived_at = ${instant('u.arrived_at')}, waiting_for = u.waiting_for,
		due_at = ${instant('u.due_at')}, wake = u.wake, seq = u.seq, visit_count = u.visit_count, visited = u.visited, last_event_id = u.last_event_id,
		ended_at = ${instant('u.ended_at')},
		left_at = coalesce(u.left_at, e.left_at)
	from unnest($7::bigint[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::bigint[], $14::jsonb[],
		$15::int[], $16::int[], $17::text[], $18::bigint[], $19::bigint[], $30::jsonb[])
		as u (id, state, reason, step, arrived_at, waiting_for, due_at, wake, seq, visit_count, visited, last_event_id, ended_at, left_at)
	where e.id = u.id
), pathed as (
	insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reasons, reads, reads_sealed)
	select enrollment_id, seq, version_id, contact_id, ${instant('at')}, ${instant('first_at')}, continues,
		string_to_array(steps, e'\\x1f'), string_to_array(outcomes, e'\\x1f', e'\\x1e'), string_to_array(reasons, e'\\x1f', e'\\x1e'), reads, reads_sealed
	from unnest($7::bigint[], $15::int[], $20::int[], $21::bigint[], $22::bigint[], $23::bigint[], $24::bool[], $25::text[], $26::text[], $27::text[], $28::jsonb[], $29::bytea[])
		as p (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reasons, reads, reads_sealed)
), counted as (
	${UPSERT_COUNTS}
)`;

const WRITE_MESSAGES = `, made as (
	insert into messages (enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, topic, visit_at, state, reason, decided_at, channel)
	select m.enrollment_id, m.version_id, m.step, m.arrival, m.contact_id, m.template_version_id, m.purpose, m.marketing, m.topic, ${instant('m.visit_at')}, m.state, m.reason, ${instant('m.decided_at')}, m.channel
	from unnest($31::bigint[], $32::int[], $33::text[], $34::int[], $35::bigint[], $36::int[], $37::text[], $38::bool[], $39::text[], $40::bigint[], $41::text[], $42::text[], $43::bigint[], $44::text[])
		as m (enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, topic, visit_at, state, reason, decided_at, channel)
	returning id, enrollment_id, step, arrival
), keyed as (
	insert into message_keys (enrollment_id, step, arrival, message_id) select enrollment_id, step, arrival, id from made
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
	const messages = moves.flatMap((move) =>
		move.result.effects.filter(isMessage).map((effect) => ({ move, effect }))
	);
	const values = [shard, ...sheet.columns(), ...enrollmentColumns(moves), ...pathColumns(moves)];
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

function isMessage(effect: Effect): effect is MessageEffect {
	return effect.kind === 'message';
}

function enrollmentColumns(moves: Move[]): string[] {
	const column = <T>(of: (move: Move) => T) => moves.map(of);
	return [
		numbers(column((move) => move.claimed.id)),
		texts(column((move) => move.result.state)),
		texts(column((move) => move.result.reason)),
		texts(column((move) => move.result.step)),
		instants(column((move) => move.result.arrivedAt)),
		texts(column((move) => move.result.waitingFor)),
		instants(column(dueOf)),
		jsons(column(wakeOf)),
		numbers(column((move) => move.claimed.seq + 1)),
		numbers(column((move) => move.result.visitCount)),
		texts(column((move) => writeVisited(move.result.arrivals))),
		numbers(column((move) => lastEventOf(move) || null)),
		instants(column((move) => (move.result.state === 'waiting' ? null : move.at)))
	];
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

function pathColumns(moves: Move[]): string[] {
	const column = <T>(of: (visits: Visit[], move: Move) => T) =>
		moves.map((move) => of(move.result.visits, move));
	return [
		numbers(moves.map((move) => move.version.versionId)),
		numbers(moves.map((move) => move.claimed.contactId)),
		instants(moves.map((move) => move.at)),
		instants(column((visits, move) => visits[0]?.at ?? move.at)),
		booleans(column((visits) => visits[0]?.continues === true)),
		texts(column((visits) => visits.map((visit) => visit.step).join(SEPARATOR))),
		texts(column((visits) => visits.map((visit) => visit.outcome ?? NULL_MARK).join(SEPARATOR))),
		texts(
			column((visits) =>
				visits.some((visit) => visit.reason)
					? visits.map((visit) => visit.reason ?? NULL_MARK).join(SEPARATOR)
					: null
			)
		),
		...readsColumns(moves),
		jsons(moves.map((move) => move.result.leftAt))
	];
}

function readsColumns(moves: Move[]): [plain: string, sealed: string] {
	const paths = moves.map((move) => ({ move, path: readsOf(move) }));
	return [
		jsons(paths.map(({ path }) => (path && !tellsOfPerson(path) ? path : null))),
		byteas(
			paths.map(({ move, path }) => {
				if (!path || !tellsOfPerson(path)) return null;
				const { keys, contactId, id, seq } = move.claimed;
				return sealReads(keys.get(contactId), id, seq + 1, path);
			})
		)
	];
}

function readsOf({ result }: Move): PathReads | null {
	if (!result.visits.some((visit) => visit.reads?.length)) return null;
	return result.visits.map((visit) => visit.reads ?? null);
}

// A batch sends few templates to many people.
async function currentTemplates(
	tx: Tx,
	messages: readonly { effect: MessageEffect }[]
): Promise<Map<string, number | null>> {
	const { rows } = await tx.query<{ slug: string; id: number | null }>(
		'select slug, current_version_id as id from templates where slug = any($1)',
		[[...new Set(messages.map(({ effect }) => effect.template))]]
	);
	return new Map(rows.map(({ slug, id }) => [slug, id]));
}

function messageColumns(
	messages: { move: Move; effect: MessageEffect }[],
	templates: ReadonlyMap<string, number | null>
): string[] {
	const column = <T>(of: (effect: MessageEffect, move: Move) => T) =>
		messages.map(({ effect, move }) => of(effect, move));
	return [
		numbers(column((_, move) => move.claimed.id)),
		numbers(column((_, move) => move.version.versionId)),
		texts(column((effect) => effect.step)),
		numbers(column((effect) => effect.arrival)),
		numbers(column((_, move) => move.claimed.contactId)),
		numbers(column((effect) => templates.get(effect.template) ?? null)),
		texts(column((effect) => effect.purpose)),
		booleans(column((effect) => effect.marketing)),
		texts(column((effect) => effect.topic)),
		instants(column((effect, move) => visitOf(effect, move).at)),
		texts(column((effect) => effect.state)),
		texts(column((effect) => effect.reason)),
		instants(column((effect, move) => (effect.state === 'blocked' ? move.at : null))),
		texts(column((effect) => effect.channel))
	];
}

function visitOf(effect: MessageEffect, move: Move): Visit {
	const visit = move.result.visits.findLast((each) => each.step === effect.step);
	if (!visit) throw new Unwritable(`A message of step ${effect.step} without a visit of it.`);
	return visit;
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
