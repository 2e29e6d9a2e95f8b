/** Lets time pass as a prompt worker would live it: from one due instant to the next, in the language's order (§5.10). */
import type { App } from '$lib/server/app.ts';
import { runBatch } from '../batch.ts';
import { admitDeferred } from '../admit-deferred.ts';
import { admitDue } from '../admit-planned.ts';
import { routeBatch } from '../route.ts';
import type { Answers } from './answers.ts';
import { giveBack, putOff } from './due.ts';
import type { Post } from './hand-overs.ts';
import { runJobs } from './jobs.ts';
import type { SetClock } from './set-clock.ts';

/** Everything that falls due by itself, of whatever kind. */
const NEXT_DUE = `select min(at) as next from (
	select e.due_at as at from enrollments e join journeys j on j.id = e.journey_id and j.state = 'live'
	union all select due_at from planned_entries union all select due_at from planned_runs
	union all select due_at from segment_midnights
	union all select d.due_at from deferred_entries d join journeys j on j.id = d.journey_id and j.state = 'live'
	union all select not_before from messages where state = 'queued'
) t where at > $1`;

/** Who is due at the clock's now, in the order in which they go. */
const NEXT_TO_MOVE = `select e.id, coalesce(e.wake->>'kind' in ('handover', 'webhook') or (e.waiting_for = 'place' and e.wake is not null), false) as is_stay
	from enrollments e join journeys j on j.id = e.journey_id and j.state = 'live'
	where e.due_at <= $1
	order by is_stay desc,
		case
			when e.state = 'active' and e.wake->>'by' is null and e.entry_event_id is null then 0
			when e.wake->>'kind' in ('event', 'approval') then 1
			when e.state = 'active' and e.wake->>'by' is null then 2
			else 3
		end,
		case when e.state = 'active' then e.id end, e.due_at, j.slug collate "C", e.contact_id, e.id`;

export class Passing {
	private readonly app: App;
	private readonly clock: SetClock;
	private readonly post: Post;
	private readonly answers: Answers;

	constructor(app: App, clock: SetClock, post: Post, answers: Answers) {
		this.app = app;
		this.clock = clock;
		this.post = post;
		this.answers = answers;
	}

	/** Up to an instant, whose own dues are left: at an instant events come first. */
	async passTo(instant: number): Promise<void> {
		if (this.clock.now() >= instant) return;
		await this.settle();
		for (let next = await this.nextDue(); next < instant; next = await this.nextDue()) {
			this.clock.set(next);
			await this.settle();
		}
		this.clock.set(instant);
	}

	/** Until nothing moves at the clock's now. */
	async settle(): Promise<void> {
		const { pool } = this.app;
		await runJobs(this.app);
		const dues = await putOff(pool, this.clock.now());
		await this.moveAll();
		for (const due of dues) {
			await giveBack(pool, due);
			await this.moveAndAdmit();
		}
		await this.moveAndAdmit();
	}

	/** What an event sets going, and nothing that is due at the clock's now by time. */
	async settleEvent(): Promise<void> {
		const { pool } = this.app;
		await runJobs(this.app);
		// While their time-outs still stand: an answer that came after its time is none, also where a pause held it.
		await routeBatch(this.app, this.clock.now());
		const dues = await putOff(pool, this.clock.now());
		await this.moveAll();
		for (const due of dues) await giveBack(pool, due);
	}

	private async moveAndAdmit(): Promise<void> {
		do await this.moveAll();
		while (await admitDue(this.app, this.clock.now()));
	}

	/**
	 * Enrollments go one by one, each with its hand-over, so that whoever comes next sees what was sent. Whoever stays at a step
	 * for an answer is moved on first, then whom steps let in; an event goes to its next door when all that has come to rest.
	 */
	private async moveAll(): Promise<void> {
		while ((await this.moveOne()) || (await routeBatch(this.app, this.clock.now()))) continue;
	}

	private async moveOne(): Promise<boolean> {
		const now = this.clock.now();
		const { rows } = await this.app.pool.query<{ id: number; is_stay: boolean }>(NEXT_TO_MOVE, [
			new Date(now)
		]);
		if (rows[0]?.is_stay && (await this.move(rows[0].id))) return true;
		if (await admitDeferred(this.app, now)) return true;
		for (const { id } of rows) if (await this.move(id)) return true;
		return false;
	}

	private async move(id: number): Promise<boolean> {
		const { pool, vault } = this.app;
		const { claimed, messages, calls } = await runBatch({
			pool,
			vault,
			now: this.clock.now(),
			limit: 1,
			shard: 0,
			ids: [id]
		});
		if (messages) await this.post.send();
		if (calls) await this.answers.give();
		return claimed > 0;
	}

	private async nextDue(): Promise<number> {
		const { rows } = await this.app.pool.query<{ next: Date | null }>(NEXT_DUE, [new Date(this.clock.now())]);
		return rows[0]?.next?.getTime() ?? Infinity;
	}
}
