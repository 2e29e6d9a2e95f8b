import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clinic, draw, MINUTE } from '../../../../tests/support/journey.ts';
import { provideApp } from '../app.ts';
import { openPool } from '../db/db.ts';
import { healthRoutes, mayMeasure } from './health-routes.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	await clinic.pool.query(
		`insert into processes (id, role, host, pid, slot) values ('a', 'worker', 'one', 1, 0)`
	);
	await clinic.pool.query(
		`insert into processes (id, role, host, pid, slot, beat_at) values ('b', 'sender', 'two', 2, 1, now() - interval '1 minute')`
	);
});
afterAll(() => clinic.close());

async function get(path: string, headers: Record<string, string> = {}, ip = '127.0.0.1') {
	const answer = await healthRoutes(new Request(`http://localhost${path}`, { headers }), { ip });
	return { status: answer?.status, text: (await answer?.text()) ?? '' };
}

test('the process says that it lives, and that it is ready', async () => {
	provideApp(clinic.app);
	expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
	expect(await get('/readyz')).toEqual({ status: 200, text: 'ready\n' });
	expect((await get('/else')).status).toBe(undefined);
});

test('it is not ready while it drains, on an older schema, or without its database; and lives all the same', async () => {
	provideApp({ ...clinic.app, process: { id: 'x', role: 'web', slot: 0, isDraining: true } });
	expect(await get('/readyz')).toEqual({ status: 503, text: 'draining\n' });

	const older = await clinic.one<{ created_at: number; hash: string }>(
		'delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.__drizzle_migrations) returning hash, created_at'
	);
	provideApp(clinic.app);
	expect(await get('/readyz')).toEqual({ status: 503, text: 'schema\n' });
	await clinic.pool.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
		older.hash,
		older.created_at
	]);

	const away = openPool('postgres://nobody@127.0.0.1:1/none', 1);
	provideApp({ ...clinic.app, pool: away });
	expect(await get('/readyz')).toEqual({ status: 503, text: 'database\n' });
	expect((await get('/healthz')).status).toBe(200);
	expect((await get('/metrics')).text).toContain('stepwell_database_up 0\n');
	await away.end();
});

test('the metrics are the numbers of the tables, and name nobody', async () => {
	provideApp(clinic.app);
	await clinic.publish(
		'late',
		draw({ come: ['trigger.transactional', { event: 'late.came' }], end: ['exit', {}] }, ['come -> end'])
	);
	const people = await clinic.crowd(7);
	await clinic.tell(people, 'late.came');
	while (await clinic.route()) continue;
	await clinic.tell(people.slice(0, 3), 'other');
	clinic.clock.advance(2 * MINUTE);
	const { status, text } = await get('/metrics');
	expect(status).toBe(200);
	for (const line of [
		'stepwell_database_up 1',
		'stepwell_due_lag_seconds{purpose="all"} 120',
		'stepwell_due_lag_seconds{purpose="treatment"} 0',
		'stepwell_due_enrollments 7',
		'stepwell_jobs{task="pump",state="waiting"} 1',
		'stepwell_event_queue 3',
		'stepwell_set_aside 0',
		'stepwell_messages{state="queued"} 0',
		'stepwell_messages{state="unknown"} 0',
		'stepwell_workers_alive{role="worker"} 1',
		'stepwell_workers_alive{role="sender"} 0',
		'stepwell_spool_requests 0'
	])
		expect(text).toContain(`${line}\n`);
	expect(text).not.toMatch(/p1@|Patient|late\.came/);
});

test('numbers are for this machine alone, not through a proxy on it, or for whoever has the token', () => {
	const request = (headers = {}) => new Request('http://localhost/metrics', { headers });
	expect(mayMeasure(request(), '::1', undefined)).toBe(true);
	expect(mayMeasure(request(), '10.0.0.7', undefined)).toBe(false);
	expect(mayMeasure(request({ 'x-forwarded-for': '203.0.113.9' }), '127.0.0.1', undefined)).toBe(false);
	expect(mayMeasure(request({ authorization: 'Bearer right' }), '10.0.0.7', 'right')).toBe(true);
	expect(mayMeasure(request({ authorization: 'Bearer wrong' }), '127.0.0.1', 'right')).toBe(false);
	expect(mayMeasure(request(), '127.0.0.1', 'right')).toBe(false);
});
