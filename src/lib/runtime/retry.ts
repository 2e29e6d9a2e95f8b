/**
 * Puts a failed enrollment back where it stood, as if the try that failed had never been: its row of the path goes, and what
 * it counted is taken back, so that a report's numbers stay equal to the visits behind them. The audit log keeps the failure.
 */
import type { Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump } from './door.ts';
import type { Standing } from './failures.ts';
import { loadKnownPlans, type VersionPlan } from './plans.ts';
import { writeVisited } from './visited.ts';

/** Why an enrollment can't be tried again. */
export type NoRetry = 'gone' | 'archived' | 'inside-again' | 'too-old' | 'newer';

interface Failed {
	id: number;
	contact_id: number;
	journey_id: number;
	version_id: number;
	step: string;
	arrived_at: Date;
	reason: string | null;
	journey_state: string;
	was: Standing | null;
	keyed: boolean;
}

export interface Retried {
	slug: string;
	step: string;
	reason: string | null;
}

/** Makes a failed enrollment due at `now` (ms since 1970). The caller holds its contact. `scope` is the pool. */
export async function retryFailed(
	tx: Tx,
	scope: object,
	enrollmentId: number,
	now: number
): Promise<Retried | NoRetry> {
	const results = await retryAllFailed(tx, scope, [enrollmentId], now);
	return results.get(enrollmentId) ?? 'gone';
}

/**
 * The same for many, each by itself; what became of each by its id. The caller holds their contacts. The counts and the pump's
 * job come last and once: others hold the one while they wait for the other.
 */
export async function retryAllFailed(
	tx: Tx,
	scope: object,
	enrollmentIds: readonly number[],
	now: number
): Promise<Map<number, Retried | NoRetry>> {
	const failed = await lockFailed(tx, enrollmentIds);
	const versions = await loadKnownPlans(
		tx,
		scope,
		failed.map((each) => each.version_id)
	);
	const sheet = new CountSheet();
	const results = new Map<number, Retried | NoRetry>(enrollmentIds.map((id) => [id, 'gone']));
	for (const each of failed)
		results.set(each.id, await retryOne(tx, each, versions.get(each.version_id), now, sheet));
	if (!sheet.isEmpty) {
		await writeCounts(tx, sheet, shards.router);
		await enqueuePump(tx);
	}
	return results;
}

async function retryOne(
	tx: Tx,
	failed: Failed,
	version: VersionPlan | undefined,
	now: number,
	sheet: CountSheet
): Promise<Retried | NoRetry> {
	if (failed.journey_state === 'archived') return 'archived';
	if (!failed.was) return 'too-old';
	if (!version) return 'newer';
	const mayBeTwice = failed.keyed || version.plan.settings.reentry?.when === 'always';
	if (!mayBeTwice && (await isInsideAgain(tx, failed))) return 'inside-again';
	await putBack(tx, failed, failed.was, now);
	uncount(sheet, failed, failed.was, version.zone);
	return { slug: version.slug, step: failed.step, reason: failed.reason };
}

/** Takes a failed enrollment from the list: it stays failed, and is counted so. False where somebody else did. */
export async function leaveFailed(tx: Tx, enrollmentId: number): Promise<boolean> {
	const { rowCount } = await tx.query('delete from failures where enrollment_id = $1', [enrollmentId]);
	return rowCount !== 0;
}

async function lockFailed(tx: Tx, enrollmentIds: readonly number[]): Promise<Failed[]> {
	const { rows } = await tx.query<Failed>(
		`select e.id, e.contact_id, e.journey_id, e.version_id, e.step, e.arrived_at, e.reason, j.state as journey_state, f.was,
			exists (select from enrollment_keys k where k.contact_id = e.contact_id and k.journey_id = e.journey_id
				and k.enrollment_id = e.id and k.key like 'key:%') as keyed
		 from enrollments e join failures f on f.enrollment_id = e.id join journeys j on j.id = e.journey_id
		 where e.id = any($1) and e.state = 'failed' order by e.id for no key update of e, f`,
		[enrollmentIds]
	);
	return rows;
}

async function isInsideAgain(tx: Tx, { id, contact_id, journey_id }: Failed): Promise<boolean> {
	const { rowCount } = await tx.query(
		`select from enrollment_keys k join enrollments e on e.id = k.enrollment_id
		 where k.contact_id = $1 and k.journey_id = $2 and e.id <> $3 and e.ended_at is null limit 1`,
		[contact_id, journey_id, id]
	);
	return rowCount !== 0;
}

async function putBack(tx: Tx, { id }: Failed, was: Standing, now: number): Promise<void> {
	await tx.query('delete from step_paths where enrollment_id = $1 and seq > $2', [id, was.seq]);
	await tx.query(
		`update enrollments set state = $2, waiting_for = $3, wake = $4, seq = $5, visit_count = $6, visited = $7, last_event_id = $8,
			reason = null, ended_at = null, due_at = $9 where id = $1`,
		[
			id,
			was.state,
			was.waitingFor,
			was.wake === null ? null : JSON.stringify(was.wake),
			was.seq,
			was.visitCount,
			writeVisited(was.arrivals),
			was.lastEventId,
			new Date(now)
		]
	);
	await tx.query('delete from failures where enrollment_id = $1', [id]);
}

function uncount(
	sheet: CountSheet,
	{ version_id, step, arrived_at, reason }: Failed,
	was: Standing,
	zone: string
): void {
	const take = (measure: string) => sheet.add(version_id, zone, arrived_at.getTime(), step, measure, -1);
	take('ended:failed');
	take(`dropped:${reason ?? 'failed'}`);
	if (was.state === 'active') take('entered');
}
