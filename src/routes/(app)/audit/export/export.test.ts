import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerWithStatus } from '$lib/server/http/caller.ts';
import { provideApp, type App } from '$lib/server/app.ts';
import type { Role } from '$lib/server/auth/permissions.ts';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../../tests/support/database.ts';
import { POST } from './+server.ts';

let database: TestDatabase;
let app: App;
beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool);
	provideApp(app);
});
afterAll(() => database.drop());

async function take(role: Role, fields: Record<string, string>): Promise<Response> {
	const request = new Request('http://localhost/audit/export', {
		method: 'POST',
		body: new URLSearchParams(fields)
	});
	const actor = { kind: 'user', id: 1, name: 'Ann', role, provedAt: Infinity } as const;
	const api = callerWithStatus({ app, actor, call: { ip: null, requestId: null } });
	return POST({ request, locals: { api } } as unknown as Parameters<typeof POST>[0]);
}

const count = async () =>
	(await app.pool.query<{ n: number }>('select count(*)::int as n from audit_log')).rows[0]?.n;

test.each([
	['csv', 'text/csv; charset=utf-8', /^Entry,.*\r\n1,.*Exported the audit log,audit\.export/],
	['jsonl', 'application/x-ndjson', /^\{"id":1,.*"action":"audit\.export".*\}\n/]
])('%s comes as a file, and holds its own entry', async (format, type, start) => {
	const response = await take('operator', { format, from: '', to: '', who: '', what: '', person: '' });
	expect(response.headers.get('content-type')).toBe(type);
	expect(response.headers.get('content-disposition')).toBe(
		`attachment; filename="audit-log-2026-03-02.${format}"`
	);
	expect(await response.text()).toMatch(start);
});

test('only what the filter lets through is taken', async () => {
	const response = await take('owner', { format: 'jsonl', what: 'journey.publish' });
	expect(await response.text()).toBe('');
});

test.each<Role>(['marketer', 'manager', 'integrator'])(
	'a %s is refused, and nothing is recorded',
	async (role) => {
		const before = await count();
		await expect(take(role, { format: 'csv' })).rejects.toMatchObject({ status: 403 });
		expect(await count()).toBe(before);
	}
);
