/** Lets time pass as a prompt worker would live it: from one due instant to the next, in the language's order (§5.10). */
import type { App } from '$lib/server/app.ts';
import { runBatch } from '../batch.ts';
import { admitDue } from '../planned.ts';
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
	union all select not_before from messages where state = 'queued'
) t where at > $1`;

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
		const dues = await putOff(pool, this.clock.now());
		await this.moveAll();
		for (const due of dues) await giveBack(pool, due);
	}

	private async moveAndAdmit(): Promise<void> {
		do await this.moveAll();
		while (await admitDue(this.app, this.clock.now()));
	}

	/** Enrollments go one by one, each with its hand-over, so that whoever comes next sees what was sent. */
	private async moveAll(): Promise<void> {
		while ((await routeBatch(this.app, this.clock.now())) || (await this.moveOne())) continue;
	}

	private async moveOne(): Promise<boolean> {
		const { pool, vault } = this.app;
		const { claimed, messages, calls } = await runBatch({
			pool,
			vault,
			now: this.clock.now(),
			limit: 1,
			shard: 0
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
