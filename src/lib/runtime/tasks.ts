/** Stepwell's graphile-worker tasks. Each may run twice: what it does is guarded by rows, not by the job. */
import type { Task, TaskList } from 'graphile-worker';
import { z } from 'zod';
import type { Change } from '$lib/journey/index.ts';
import type { App } from '$lib/server/app.ts';
import type { Db } from '$lib/server/db/db.ts';
import { makePartitions } from '$lib/server/db/migrate.ts';
import { Trace } from '$lib/server/trace.ts';
import { expectSending } from './breaker-expect.ts';
import { tellOwner } from './breaker-letter.ts';
import { forgetSendingHours } from './breaker-measures.ts';
import { watchJourneys } from './breaker.ts';
import { callQueued } from './caller.ts';
import { admitDue } from './admit-planned.ts';
import { planContacts, planJourney, wakeAtNext } from './planned.ts';
import { shardOfLane } from './counts.ts';
import { enqueueRoute, enqueueSend, invitePump, inviteSend } from './door.ts';
import { pumpLane, setAlarm } from './pump.ts';
import { routeBatch } from './route.ts';
import type { OnAside } from './set-aside.ts';
import { sendQueued } from './sender.ts';

/** Two lanes: while one waits for the database to write, the other reads and decides. More gained nothing on two cores. */
export const LANES = 2;
// More than so many lanes, over all processes, PostgreSQL does not feed.
const MOST_INVITED = 64;

const journeyPayload = z.object({ version: z.literal(1), journeyId: z.number().int() });
const planContactsPayload = z.object({
	version: z.literal(1),
	contactIds: z.array(z.number().int()),
	// Without keys anything may have changed.
	keys: z.array(z.string()).optional()
});

/** Work for once a day or once an hour, such as deleting what is old at `now` (ms since 1970). */
export type TimedWork = (db: Db, now: number) => Promise<void>;

/** `isStopping` ends long loops between two batches; what is left is asked for anew, of whoever stays. */
export function makeTasks(
	app: App,
	isStopping: () => boolean,
	daily: TimedWork[],
	hourly: TimedWork[]
): TaskList {
	const { pool, clock } = app;
	const slot = app.process?.slot ?? 0;
	const onAside: OnAside = (aside, error) =>
		app.log.error(
			{ ...aside, ...(error ? { error: new Trace(error) } : {}) },
			'what could not be routed or let in is set aside; it waits under Operations'
		);
	return {
		// A job is a lane. One that finds more than a batch invites the next, which any process with a free lane takes.
		pump: inLanes(async (lane, nth) => {
			await pumpLane(app, shardOfLane(slot, lane), isStopping, async () => {
				if (nth < MOST_INVITED) await invitePump(pool, nth + 1);
			});
			await setAlarm(pool, clock.now());
		}),
		route: oneAtATime(async () => {
			while (!isStopping() && (await routeBatch(app, clock.now(), onAside))) continue;
			if (isStopping()) await enqueueRoute(pool);
		}),
		async send(_, { job }) {
			await sendQueued(app, isStopping, undefined, undefined, undefined, async () => {
				const nth = nthOf(job.key);
				if (nth < MOST_INVITED) await inviteSend(pool, nth + 1);
			});
			if (isStopping()) await enqueueSend(pool);
		},
		call: oneAtATime(async () => {
			await callQueued(app, isStopping);
		}),
		admit: oneAtATime(async () => {
			while (!isStopping() && (await admitDue(app, clock.now(), onAside))) continue;
			await wakeAtNext(pool, clock.now());
		}),
		async plan(payload) {
			const { journeyId } = journeyPayload.parse(payload);
			await planJourney(app, journeyId, clock.now());
			await expectSending(pool, pool, journeyId, clock.now());
		},
		watch: oneAtATime(() => watchJourneys(app)),
		async 'tell-owner'(payload) {
			await tellOwner(app, journeyPayload.parse(payload).journeyId);
		},
		async 'plan-contacts'(payload) {
			const { contactIds, keys } = planContactsPayload.parse(payload);
			const change: Change = keys ? { kind: 'attributes', keys } : { kind: 'all' };
			await planContacts(app, contactIds, change, clock.now());
		},
		async tidy() {
			await makePartitions(pool);
			await forgetSendingHours(pool, clock.now());
			for (const work of daily) await work(pool, clock.now());
		},
		async hourly() {
			for (const work of hourly) await work(pool, clock.now());
		}
	};
}

/** Which invitation a job is, by its key; 0 for none. */
function nthOf(key: string | null): number {
	return Number(/:(\d+)$/.exec(key ?? '')?.[1] ?? 0);
}

/** Runs `work` in the least lane that nobody in this process is in. */
function inLanes(work: (lane: number, nth: number) => Promise<void>): Task<never> {
	const taken = new Set<number>();
	return async (_, { job }) => {
		let lane = 0;
		while (taken.has(lane)) lane++;
		taken.add(lane);
		try {
			await work(lane, nthOf(job.key));
		} finally {
			taken.delete(lane);
		}
	};
}

/**
 * A call while the work runs makes it run once more, and ends at once: else a busy minute would fill every slot of the
 * worker with jobs that wait for each other. The running job stands for both, and is done again if its process dies.
 */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
	let isRunning = false;
	let again = false;
	return async () => {
		again = true;
		if (isRunning) return;
		isRunning = true;
		try {
			while (again) {
				again = false;
				await work();
			}
		} finally {
			isRunning = false;
		}
	};
}
