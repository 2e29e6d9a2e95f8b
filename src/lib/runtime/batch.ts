/**
 * One batch: claim the due enrollments, read the facts their conditions ask, run each through to its next wait in
 * memory, and write everything with one statement. All of it commits together, or none does.
 */
import { advance, withOneMore, type Advance, type ContactFact, type Effect } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { isSealError } from '$lib/server/seal/errors.ts';
import { withoutAnswered } from './approvals.ts';
import { callsOut, writeCalls } from './calls.ts';
import { claimDue, claimThese, lockPeople, type Claimed } from './claim.ts';
import { closeWindow } from './close-window.ts';
import { CountSheet, writeCounts } from './counts.ts';
import { loadDoors, type DoorQuestion, type Doors } from './doors.ts';
import { contactAfter, writeEntries, writeUpdates } from './effects.ts';
import { loadFacts, worldOf, type FactQuestion, type Facts } from './facts.ts';
import { momentOf, type Move } from './move.ts';
import { isStray, moveStrays } from './newer-version.ts';
import { givePlaces } from './places.ts';
import { impersonalStands, loadKnownPlans, newerVersions, type VersionPlan } from './plans.ts';
import { tellsTeam, writeNotices } from './notices.ts';
import { isRowsFault } from './row-fault.ts';
import { followSegments } from './segment-effects.ts';
import { loadWorkspaceFacts, type WorkspaceFacts } from './workspace.ts';
import { markFailed, writeMoves } from './write.ts';

export interface BatchOptions extends Store {
	/** Ms since 1970. */
	now: number;
	limit: number;
	/** How late still counts as prompt (see `momentOf`). */
	promptMs?: number;
	/** Which rows of `step_counts` this writer adds to. */
	shard: number;
	/** Exactly these, where they are due and free, in place of whatever is. */
	ids?: number[];
}

export interface BatchResult {
	claimed: number;
	/** Visits begun or left; the benchmark's "steps". */
	steps: number;
	/** Moves that queued a message or a note, so that the sender is woken. */
	messages: number;
	/** Calls of other systems that were queued. */
	calls: number;
	failed: number;
	/** Who were let in elsewhere, or brought to a newer version, and are due at once. */
	admitted: number;
	/** Whether others may be due still. */
	isMore: boolean;
}

const INTERNAL = 'internal error';

const nothing: BatchResult = {
	claimed: 0,
	steps: 0,
	messages: 0,
	calls: 0,
	failed: 0,
	admitted: 0,
	isMore: false
};

/** Moves up to `limit` due enrollments. A row that breaks the batch is found by halving, and fails alone. */
export async function runBatch(options: BatchOptions): Promise<BatchResult> {
	let ids: number[] = [];
	try {
		return await inBatch(options.pool, async (tx) => {
			const { pool, vault, now, limit } = options;
			const { claimed, isMore } = options.ids
				? { claimed: await claimThese(tx, vault, now, options.ids), isMore: false }
				: await claimDue(tx, vault, now, limit, {
						except: newerVersions(pool),
						impersonal: impersonalStands(pool)
					});
			ids = claimed.map((each) => each.id);
			return { ...(await moveAll(tx, options, claimed)), isMore };
		});
	} catch (error) {
		if (!ids.length || !isRowsFault(error)) throw error;
		return { ...(await isolate(options, ids, error)), isMore: true };
	}
}

// Left to itself the planner reads whole tables for a thousand keys: 45 µs a step instead of 38.
const ROW_BY_ROW = `set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off`;

function inBatch<T>(pool: Store['pool'], work: (tx: Tx) => Promise<T>): Promise<T> {
	return inTransaction(pool, async (tx) => {
		await tx.query(ROW_BY_ROW);
		return work(tx);
	});
}

async function isolate(options: BatchOptions, ids: number[], error: unknown): Promise<BatchResult> {
	if (ids.length === 1) return failAlone(options, ids, error);
	const middle = ids.length >> 1;
	const first = await runThese(options, ids.slice(0, middle));
	const second = await runThese(options, ids.slice(middle));
	return sum(first, second);
}

async function runThese(options: BatchOptions, ids: number[]): Promise<BatchResult> {
	try {
		return await inBatch(options.pool, async (tx) =>
			moveAll(tx, options, await claimThese(tx, options.vault, options.now, ids))
		);
	} catch (error) {
		if (!isRowsFault(error)) throw error;
		return isolate(options, ids, error);
	}
}

function reasonOf(error: unknown): string {
	if (isSealError(error)) return error.code;
	const { code } = error as { code?: string };
	return code ? `internal error (${code})` : INTERNAL;
}

// The failed visit is written as any other; where even that breaks, the row says so and nothing more.
async function failAlone(options: BatchOptions, ids: number[], error: unknown): Promise<BatchResult> {
	const reason = reasonOf(error);
	const { now, shard } = options;
	try {
		return await withClaimed(options, ids, (tx, claimed, plans) =>
			writeMoves(
				tx,
				claimed.map((each) => failedMove(each, planFor(plans, each), now, reason)),
				shard
			)
		);
	} catch (second) {
		if (!isRowsFault(second)) throw second;
		return withClaimed(options, ids, (tx, claimed, plans) =>
			markFailed(
				tx,
				claimed.map((each) => ({ each, zone: planFor(plans, each).zone })),
				{ reason, at: now },
				shard
			)
		);
	}
}

function withClaimed(
	options: BatchOptions,
	ids: number[],
	write: (tx: Tx, claimed: Claimed[], plans: Map<number, VersionPlan>) => Promise<void>
): Promise<BatchResult> {
	return inTransaction(options.pool, async (tx) => {
		const claimed = await claimThese(tx, options.vault, options.now, ids);
		await write(tx, claimed, await plansOf(tx, options, claimed));
		return { ...nothing, claimed: claimed.length, failed: claimed.length };
	});
}

function plansOf(tx: Tx, options: BatchOptions, claimed: Claimed[]): Promise<Map<number, VersionPlan>> {
	return loadKnownPlans(
		tx,
		options.pool,
		claimed.flatMap(({ versionId, leastVersionId }) => [versionId, leastVersionId ?? versionId])
	);
}

async function moveAll(tx: Tx, options: BatchOptions, found: Claimed[]): Promise<BatchResult> {
	if (!found.length) return nothing;
	const plans = await plansOf(tx, options, found);
	// On a plan of a newer Stepwell, or on their way to one, they are its workers' to move.
	const newer = newerVersions(options.pool);
	const ours = found.filter((each) => !newer.has(each.versionId) && !newer.has(each.leastVersionId ?? 0));
	if (!ours.length) return nothing;
	const strays = ours.filter(isStray);
	if (strays.length) await moveStrays(tx, options.pool, strays, options);
	const locked = await lockPeople(
		tx,
		ours.filter((each) => !isStray(each)),
		(each) => planFor(plans, each).isShared
	);
	const claimed = await withoutAnswered(tx, locked);
	const facts = await loadFacts(tx, options.vault, questionsOf(claimed, plans), options.now);
	const workspace = await loadWorkspaceFacts(tx);
	const doors = await loadDoors(tx, options.pool, doorQuestionsOf(claimed, plans), workspace, options.now);
	const moves = moveInOrder(claimed, plans, { ...options, facts, workspace, doors });
	await closeWindow(tx, options.vault, moves);
	await givePlaces(tx, moves);
	await writeMoves(tx, moves, options.shard);
	await writeCalls(tx, moves);
	await writeNotices(tx, moves);
	const admitted = strays.length + (await writeEffects(tx, options, moves));
	return { ...moves.map(countOf).reduce(sum, nothing), admitted };
}

interface Surroundings extends BatchOptions {
	facts: Facts;
	workspace: WorkspaceFacts;
	doors: Doors;
}

// One person can be in a batch twice, by two journeys: the second sees what the first did.
function moveInOrder(
	claimed: Claimed[],
	plans: Map<number, VersionPlan>,
	surroundings: Surroundings
): Move[] {
	const contacts = new Map<number, ContactFact>();
	return claimed.map((found) => {
		const changed = contacts.get(found.contactId);
		const each = changed ? { ...found, contact: changed } : found;
		const move = moveOne(each, planFor(plans, each), surroundings);
		noteMarketing(surroundings.facts, move);
		noteEntries(surroundings.doors, move);
		const after = contactAfter(each.contact, move);
		if (after !== each.contact) contacts.set(each.contactId, after);
		return move;
	});
}

function doorQuestionsOf(claimed: Claimed[], plans: Map<number, VersionPlan>): DoorQuestion[] {
	return claimed.map((each) => ({
		contactId: each.contactId,
		timezone: each.contact.timezone,
		journeys: planFor(plans, each).plan.reads.journeys ?? []
	}));
}

function noteEntries(doors: Doors, { claimed, result }: Move): void {
	const own = doors.get(claimed.contactId);
	if (!own) return;
	for (const effect of result.effects) {
		const door = effect.kind === 'enter' ? own[effect.journey] : undefined;
		if (door && effect.kind === 'enter') own[effect.journey] = withOneMore(door);
	}
}

// After the moves: whoever comes in at this instant comes after those who sent them.
async function writeEffects(tx: Tx, options: BatchOptions, moves: Move[]): Promise<number> {
	await writeUpdates(tx, options, moves, options.now);
	const crossings = await followSegments(tx, options, moves);
	const sheet = new CountSheet();
	const admitted = await writeEntries(tx, options, moves, crossings, sheet);
	await writeCounts(tx, sheet, options.shard);
	return admitted;
}

// One person can be in a batch twice, by two journeys, and what the first sends counts against the second's cap.
function noteMarketing(facts: Facts, { claimed, result, at }: Move): void {
	const sent = result.effects.filter(
		(effect) => effect.kind === 'message' && effect.marketing && effect.state === 'queued'
	);
	if (!sent.length) return;
	const before = facts.marketingSentAt.get(claimed.contactId) ?? [];
	facts.marketingSentAt.set(claimed.contactId, [...before, ...sent.map(() => at)]);
}

function questionsOf(claimed: Claimed[], plans: Map<number, VersionPlan>): FactQuestion[] {
	return claimed.map((each) => ({
		contactId: each.contactId,
		enrollmentId: each.id,
		email: each.isSuppressed ? each.contact.email : null,
		isRestricted: each.isRestricted,
		plan: planFor(plans, each).plan,
		for: 'run'
	}));
}

function moveOne(
	claimed: Claimed,
	version: VersionPlan,
	{ facts, workspace, doors, now, promptMs }: Surroundings
): Move {
	const at = Math.max(momentOf(claimed.dueAt, now, promptMs), claimed.state.arrivedAt);
	if (claimed.fault) return failedMove(claimed, version, at, claimed.fault);
	try {
		const world = worldOf(facts, claimed.contact, claimed.contactId, claimed.id, workspace);
		world.doors = doors.get(claimed.contactId);
		const result = advance(version.plan, claimed.state, claimed.wake, world, at);
		// A step that its plan does not have makes no visit; the one it stood at must still be closed.
		return result.visits.length
			? { claimed, version, at, result }
			: failedMove(claimed, version, at, result.reason ?? INTERNAL);
	} catch (error) {
		if (isSealError(error)) return failedMove(claimed, version, at, error.code);
		// A bug of ours met by one person must not stop the others. The message could quote the person's data, so only
		// the fact is kept; the enrollment is shown as failed and can be looked at.
		return failedMove(claimed, version, at, INTERNAL);
	}
}

function failedMove(claimed: Claimed, version: VersionPlan, at: number, reason: string): Move {
	const { step, arrivedAt, arrivals, visitCount, standing } = claimed.state;
	const visit = standing
		? { step, at: arrivedAt, outcome: null, reason, continues: true as const }
		: { step, at, outcome: null, reason };
	const result: Advance = {
		state: 'failed',
		reason,
		step,
		arrivedAt: visit.at,
		waitingFor: null,
		dueAt: null,
		arrivals: standing ? arrivals : { ...arrivals, [step]: (arrivals[step] ?? 0) + 1 },
		visitCount: standing ? visitCount : visitCount + 1,
		visits: [visit],
		effects: []
	};
	return { claimed, version, at, result };
}

function isQueued(effect: Effect): boolean {
	return effect.kind === 'message' && effect.state === 'queued';
}

function countOf(move: Move): BatchResult {
	return {
		claimed: 1,
		steps: move.result.visits.length,
		messages: tellsTeam(move) || move.result.effects.some(isQueued) ? 1 : 0,
		calls: callsOut(move) ? 1 : 0,
		failed: move.result.state === 'failed' ? 1 : 0,
		admitted: 0,
		isMore: false
	};
}

function sum(a: BatchResult, b: BatchResult): BatchResult {
	return {
		claimed: a.claimed + b.claimed,
		steps: a.steps + b.steps,
		messages: a.messages + b.messages,
		calls: a.calls + b.calls,
		failed: a.failed + b.failed,
		admitted: a.admitted + b.admitted,
		isMore: a.isMore || b.isMore
	};
}

function planFor(plans: Map<number, VersionPlan>, claimed: Claimed): VersionPlan {
	const version = plans.get(claimed.versionId);
	if (!version)
		throw new Error(`Version ${claimed.versionId} is gone while enrollment ${claimed.id} runs on it.`);
	return version;
}
