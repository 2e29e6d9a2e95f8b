/**
 * The way in for events: group commit into PostgreSQL, and the spool while it is away. Order is kept: as long as the spool
 * holds something, what comes in queues behind it.
 */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { Db } from '../db/db.ts';
import { isConnectionError } from '../db/connection-error.ts';
import { GroupCommit } from './group-commit.ts';
import { idOf, markOnce } from './idempotency.ts';
import { commitIntakes, type Intake, type IntakeAnswer, type Outcome } from './intake.ts';
import { Spool, type Spooled } from './spool.ts';
import { meters } from '../meters.ts';

/** What a request is answered: the events recorded, or that they are safe and will be. */
export type IngestAnswer = IntakeAnswer | { spooled: true };

const RETRY_MS = 500;
const DRAIN_ROWS = 500;

export class Ingest {
	private readonly app: App;
	private readonly kept: Spool;
	private readonly commits: GroupCommit<Intake, Outcome | { kind: 'spooled' }>;
	private readonly bodyHashInFlight = new Map<string, string>();
	private draining: Promise<void> | undefined;
	private retry: NodeJS.Timeout | undefined;
	private closed = false;

	constructor(app: App) {
		this.app = app;
		this.kept = new Spool(app.dataFolder, app.vault);
		this.commits = new GroupCommit({
			run: (intakes) => this.commit(intakes),
			weigh: ({ events }) => events.length
		});
		if (this.kept.size > 0) this.drainLater(0);
	}

	/**
	 * Records one request, once. Throws ApiError for what is wrong with it: contact.unknown, input.invalid,
	 * idempotency.mismatch, idempotency.in-flight.
	 */
	async submit(request: Intake): Promise<IngestAnswer> {
		const once = request.once && markOnce(this.app.vault, request.once);
		const intake = { ...request, once };
		if (!once) return this.answerOf(intake);
		const running = this.bodyHashInFlight.get(idOf(once));
		if (running !== undefined) throw inFlight(running === once.bodyHash);
		this.bodyHashInFlight.set(idOf(once), once.bodyHash);
		try {
			return await this.answerOf(intake);
		} finally {
			this.bodyHashInFlight.delete(idOf(once));
		}
	}

	/** Writes what the spool holds, until it is empty or PostgreSQL is away again. */
	async drain(): Promise<void> {
		this.draining ??= this.drainAll().finally(() => (this.draining = undefined));
		await this.draining;
	}

	/** Requests that wait in the spool's file for the database, and those that it refused. */
	get spool(): { waiting: number; refused: number; file: string } {
		return { waiting: this.kept.size, refused: this.kept.refused, file: this.kept.path };
	}

	/** Answers what is under way and lets the spool's file go; what it holds is drained at the next start. */
	async close(): Promise<void> {
		this.closed = true;
		clearTimeout(this.retry);
		await this.commits.settle();
		await this.draining;
		this.kept.close();
	}

	private async answerOf(intake: Intake): Promise<IngestAnswer> {
		const outcome = await this.commits.submit(intake);
		if (outcome.kind === 'recorded' || outcome.kind === 'spooled') meters().eventsAccepted++;
		else meters().eventsRefused++;
		switch (outcome.kind) {
			case 'recorded':
				return outcome.answer;
			case 'spooled':
				return { spooled: true };
			case 'refused':
				throw outcome.error;
			case 'failed':
				throw outcome.error;
			case 'away':
				throw new ApiError('unavailable', 'The database is away. Try again.');
		}
	}

	private async commit(intakes: Intake[]): Promise<(Outcome | { kind: 'spooled' })[]> {
		if (this.kept.size > 0) return this.keep(intakes.map((intake) => ({ intake, xid: null })));
		const outcomes = await commitIntakes(this.app, intakes);
		const away = intakes.flatMap((intake, i) => {
			const outcome = outcomes[i];
			return outcome?.kind === 'away' ? [{ intake, xid: outcome.xid }] : [];
		});
		if (away.length > 0) this.keep(away);
		return outcomes.map((outcome) => (outcome.kind === 'away' ? { kind: 'spooled' } : outcome));
	}

	private keep(intakes: { intake: Intake; xid: string | null }[]): { kind: 'spooled' }[] {
		this.kept.append(intakes);
		this.drainLater(RETRY_MS);
		return intakes.map(() => ({ kind: 'spooled' }));
	}

	private drainLater(ms: number): void {
		if (this.closed || this.retry) return;
		this.retry = setTimeout(() => {
			this.retry = undefined;
			this.drain().catch((error: unknown) => {
				this.app.log.error({ error }, 'The spool could not be drained.');
				this.drainLater(RETRY_MS);
			});
		}, ms);
		this.retry.unref();
	}

	private async drainAll(): Promise<void> {
		while (!this.closed) {
			const rows = untilRepeat(await this.kept.first(DRAIN_ROWS));
			if (rows.length === 0) return;
			if (!(await this.drainRows(rows))) return this.drainLater(RETRY_MS);
		}
	}

	/** False when PostgreSQL is still away. */
	private async drainRows(rows: Spooled[]): Promise<boolean> {
		const committed = await committedOf(this.app.pool, rows);
		if (!committed) return false;
		const open = rows.filter((row) => row.xid === null || !committed.has(row.xid));
		const outcomes = await commitIntakes(
			this.app,
			open.map((row) => row.intake)
		);
		const settled = open.flatMap(({ id }, i) => {
			const outcome = outcomes[i];
			return !outcome || outcome.kind === 'away' ? [] : [{ id, refused: reasonOf(outcome) }];
		});
		const done = rows.filter((row) => !open.includes(row)).map(({ id }) => ({ id, refused: null }));
		this.kept.settle([...done, ...settled]);
		for (const { refused } of settled)
			if (refused !== null)
				this.app.log.warn({ reason: refused }, 'A spooled request was refused; the spool keeps it.');
		return settled.length === open.length;
	}
}

/** The transactions of `rows` that were committed after all; null when PostgreSQL is away, or has not decided one yet. */
async function committedOf(db: Db, rows: Spooled[]): Promise<Set<string> | null> {
	const xids = [...new Set(rows.flatMap(({ xid }) => (xid === null ? [] : [xid])))];
	if (xids.length === 0) return new Set();
	try {
		const { rows: found } = await db.query<{ xid: string; status: string | null }>(
			'select xid, pg_xact_status(xid::xid8) as status from unnest($1::text[]) as i (xid)',
			[xids]
		);
		if (found.some((row) => row.status === 'in progress')) return null;
		return new Set(found.filter((row) => row.status === 'committed').map((row) => row.xid));
	} catch (error) {
		if (isConnectionError(error)) return null;
		// A database restored from a copy does not know them; then they are not in it either.
		return new Set();
	}
}

/** A retry can stand in the spool behind its first: they go in two batches, since a batch takes a key once. */
function untilRepeat(rows: Spooled[]): Spooled[] {
	const seen = new Set<string>();
	const end = rows.findIndex(({ intake: { once } }) => {
		if (!once) return false;
		const repeats = seen.has(idOf(once));
		seen.add(idOf(once));
		return repeats;
	});
	return end === -1 ? rows : rows.slice(0, end);
}

function reasonOf(outcome: Exclude<Outcome, { kind: 'away' }>): string | null {
	if (outcome.kind === 'recorded') return null;
	return outcome.kind === 'refused' ? outcome.error.problem.code : 'failed';
}

function inFlight(sameBody: boolean): ApiError {
	return sameBody
		? new ApiError(
				'idempotency.in-flight',
				'The first request with this Idempotency-Key is still being answered.'
			)
		: new ApiError(
				'idempotency.mismatch',
				'This Idempotency-Key was used for another request. Use a new one.'
			);
}

const ingestByApp = new WeakMap<App, Ingest>();

/** The one way in of `app`, opened at the first call; opening it drains what an earlier run had to leave. */
export function ingestOf(app: App): Ingest {
	const ingest = ingestByApp.get(app) ?? new Ingest(app);
	ingestByApp.set(app, ingest);
	return ingest;
}
