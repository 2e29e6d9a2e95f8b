import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { joinProcesses, leaveProcesses } from '../../src/lib/runtime/processes.ts';
import { provideApp, type App } from '../../src/lib/server/app.ts';
import { healthRoutes, mayMeasure } from '../../src/lib/server/http/health-routes.ts';
import { Clinic } from '../support/journey.ts';

let clinic: Clinic;
let app: App;
beforeAll(async () => {
	clinic = await Clinic.open('2026-06-01T09:00:00Z');
	app = { ...clinic.app, process: await joinProcesses(clinic.pool, 'all') };
});
afterAll(async () => {
	if (app.process) await leaveProcesses(clinic.pool, app.process);
	await clinic.close();
});
beforeEach(() => provideApp(app));

async function ask(path: string, ip = '127.0.0.1', headers = {}): Promise<[number | undefined, string]> {
	const answer = await healthRoutes(new Request(`http://localhost${path}`, { headers }), { ip } as never);
	return [answer?.status, (await answer?.text()) ?? ''];
}

async function withoutDatabase(look: () => Promise<void>): Promise<void> {
	const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 });
	provideApp({ ...app, pool });
	await look();
	await pool.end();
}

test('a process that works says so', async () => {
	expect(await ask('/healthz')).toEqual([200, 'ok\n']);
	expect(await ask('/readyz')).toEqual([200, 'ready\n']);
});

test('one that ends is not ready, but well', async () => {
	if (!app.process) throw new Error('There is no process.');
	provideApp({ ...app, process: { ...app.process, isDraining: true } });
	expect(await ask('/readyz')).toEqual([503, 'draining\n']);
	expect(await ask('/healthz')).toEqual([200, 'ok\n']);
});

test('one whose database is away is not ready, but well, and measures that', async () => {
	await withoutDatabase(async () => {
		expect(await ask('/readyz')).toEqual([503, 'database\n']);
		expect(await ask('/healthz')).toEqual([200, 'ok\n']);
		expect((await ask('/metrics'))[1]).toMatch(/^stepwell_database_up 0$/m);
	});
});

test('one that knows a newer schema than the database has is not ready', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-newer-'));
	mkdirSync(join(folder, 'meta'));
	writeFileSync(
		join(folder, 'meta', '_journal.json'),
		JSON.stringify({ entries: [{ when: 9e12, tag: '9999_newer' }] })
	);
	provideApp({ ...app, migrations: folder });
	expect(await ask('/readyz')).toEqual([503, 'schema\n']);
	rmSync(folder, { recursive: true });
});

test('what is measured are numbers, and nobody is in them', async () => {
	const people = await clinic.crowd(3);
	await clinic.tell(people, 'visit.booked');
	const [status, text] = await ask('/metrics');
	expect(status).toBe(200);
	for (const name of [
		'stepwell_due_lag_seconds{purpose="all"}',
		'stepwell_due_enrollments',
		'stepwell_batch_seconds_count',
		'stepwell_steps_total',
		'stepwell_event_queue',
		'stepwell_messages{state="queued"}',
		'stepwell_sends_total{outcome="sent"}',
		'stepwell_events_total{outcome="accepted"}',
		'process_cpu_seconds_total',
		'process_resident_memory_bytes'
	])
		expect(text).toContain(`\n${name} `);
	expect(text).toContain('\nstepwell_workers_alive{role="all"} 1\n');
	for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^# (HELP|TYPE) |^\S+ [\d.e+-]+$/);
	for (const person of people) expect(text).not.toContain(person);
});

test('nobody measures from elsewhere, through a proxy or with a wrong token', async () => {
	expect((await ask('/metrics', '10.0.0.7'))[0]).toBe(404);
	expect((await ask('/metrics', '127.0.0.1', { 'x-forwarded-for': '10.0.0.7' }))[0]).toBe(404);
	const asking = (authorization: string) =>
		new Request('http://localhost/metrics', { headers: { authorization } });
	expect(mayMeasure(asking('Bearer right'), '10.0.0.7', 'right')).toBe(true);
	expect(mayMeasure(asking('Bearer wrong'), '10.0.0.7', 'right')).toBe(false);
	expect(mayMeasure(new Request('http://localhost/metrics'), '127.0.0.1', 'right')).toBe(false);
});

test('other addresses are left to others', async () => {
	expect(await ask('/tasks')).toEqual([undefined, '']);
});
