import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSample } from '../../src/lib/server/sample/load.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

test(
	'the sample clinic loads: four journeys live and moving, every mail caught, counts and rows agree',
	{ timeout: 240_000 },
	async () => {
		const now = Date.now();
		await loadSample(testApp(database.pool, new SetClock(now)), 7);
		const { rows } = await database.pool.query<Record<string, number>>(
			`select (select count(*) from contacts) as contacts,
			(select count(*) from journeys where state = 'live') as live,
			(select count(*) from enrollments where state = 'waiting') as waiting,
			(select count(*) from enrollments where state = 'failed') as failed,
			(select count(*) from enrollments where state = 'active') as active,
			(select count(*) from messages where state = 'sent') as sent,
			(select count(*) from messages where state in ('queued', 'sending', 'unknown')) as open,
			(select count(*) from caught_mails) as caught,
			(select sum(count) from step_counts where measure = 'sent') as counted,
			(select count(*) from event_queue) as queued`
		);
		const found = rows[0] ?? {};
		expect(found).toMatchObject({ contacts: 502, live: 4, failed: 0, active: 0, open: 0, queued: 0 });
		expect(found.waiting).toBeGreaterThan(20);
		expect(found.sent).toBeGreaterThan(100);
		expect(found.caught).toBe(found.sent);
		expect(Number(found.counted)).toBe(found.sent);
	}
);
