/** Stepwell's graphile-worker tasks. Each may run twice: what it does is guarded by rows, not by the job. */
import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import type { App } from '$lib/server/app.ts';
import { makePartitions } from '$lib/server/db/migrate.ts';
import { admitDue, planContacts, planJourney, wakeAtNext } from './planned.ts';
import { pumpLane, setAlarm } from './pump.ts';
import { routeBatch } from './route.ts';
import { sendQueued } from './sender.ts';

// Two lanes: while one waits for the database to write, the other reads and decides. More gained nothing on two cores.
const LANES = [0, 1];

const planPayload = z.object({ version: z.literal(1), journeyId: z.number().int() });
const planContactsPayload = z.object({ version: z.literal(1), contactIds: z.array(z.number().int()) });

/** `isStopping` ends long loops between two batches. */
export function makeTasks(app: App, isStopping: () => boolean): TaskList {
	const { pool, clock } = app;
	return {
		async pump() {
			await Promise.all(LANES.map((lane) => pumpLane(pool, clock, lane, isStopping)));
			await setAlarm(pool, clock.now());
		},
		async route() {
			while (!isStopping() && (await routeBatch(pool, clock.now()))) continue;
		},
		async send() {
			await sendQueued(app, isStopping);
		},
		async admit() {
			while (!isStopping() && (await admitDue(pool, clock.now()))) continue;
			await wakeAtNext(pool, clock.now());
		},
		async plan(payload) {
			await planJourney(pool, planPayload.parse(payload).journeyId, clock.now());
		},
		async 'plan-contacts'(payload) {
			await planContacts(pool, planContactsPayload.parse(payload).contactIds, clock.now());
		},
		async tidy() {
			await makePartitions(pool);
			await pool.query(`delete from idempotency_keys where created_at < $1`, [
				new Date(clock.now() - 24 * 3_600_000)
			]);
		}
	};
}
