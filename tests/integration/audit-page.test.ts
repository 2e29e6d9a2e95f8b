import { mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobHelpers } from 'graphile-worker';
import { makeTasks } from '../../src/lib/runtime/tasks.ts';
import { callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import { checkpointAudit, openCheckpoints } from '../../src/lib/server/audit/checkpoints.ts';
import type { AuditEntry } from '../../src/lib/server/audit/entry.ts';
import { exportAudit, exportAuditCsv } from '../../src/lib/server/audit/export.ts';
import { recordAudit } from '../../src/lib/server/audit/record.ts';
import { verifyAudit } from '../../src/lib/server/audit/verify.ts';
import { signAudit } from '../../src/lib/server/audit/watch.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { logTo } from '../../src/lib/server/log.ts';
import { sealReason } from '../../src/lib/server/people/reason.ts';
import { signedBy, tamper } from '../support/audit-log.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let folder: string;
let app: App;
let api: ReturnType<typeof callerFor>;
let logged = '';
// 10 in the evening of March 1 in New York.
const clock = new SetClock('2026-03-02T03:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	folder = mkdtempSync(join(tmpdir(), 'stepwell-audit-page-'));
	app = testApp(database.pool, clock, {
		dataFolder: folder,
		log: logTo({ write: (line) => void (logged += line) })
	});
	api = callerFor({
		app,
		actor: { kind: 'user', id: 5, name: 'Olga Operator', role: 'operator', provedAt: Infinity },
		call: { ip: '192.0.2.5', requestId: 'r-5' }
	});
	await app.pool.query(
		`insert into settings (key, value) values ('workspace', '{"name":"Harbor","timezone":"America/New_York"}')`
	);
	await app.pool.query(
		`insert into journeys (slug, name, draft) values ('lab-results', 'Lab results', '{}')`
	);
	await app.pool.query(`insert into users (id, email, name, password_hash, role)
		overriding system value values (9, 'bob@clinic.example', 'Bob', '-', 'marketer')`);
	await inTransaction(app.pool, (tx) => recordAudit(tx, entries(app)));
});
afterAll(async () => {
	rmSync(folder, { recursive: true });
	await database.drop();
});

const MINUTE = 60_000;
const ann = { kind: 'user', id: '7', name: 'Ann Marketer' } as const;

function entries({ vault }: App): AuditEntry[] {
	const at = clock.now();
	return [
		{
			at,
			actor: ann,
			action: 'journey.publish',
			subject: { kind: 'journey', ids: ['lab-results'] },
			details: { version: 3 },
			ip: '2001:db8::1',
			requestId: 'r-1'
		},
		{
			at: at + MINUTE,
			actor: ann,
			action: 'phi.show',
			subject: { kind: 'contact', ids: ['12'] },
			fields: ['diagnosis'],
			reason: 'support',
			reasonSealed: sealReason(vault, 'She called about her results.')
		},
		{
			at: at + 2 * MINUTE,
			actor: { kind: 'user', id: '8', name: '=HYPERLINK("http://evil.example")' },
			action: 'contact.read',
			subject: { kind: 'contact', ids: Array.from({ length: 130 }, (_, n) => String(n + 1)) }
		},
		{
			at: at + 3 * MINUTE,
			actor: ann,
			action: 'phi.show',
			subject: { kind: 'contact', ids: ['13'] },
			reasonSealed: Buffer.alloc(60, 1)
		},
		// Half past midnight of March 2 in New York.
		{
			at: Date.parse('2026-03-02T05:30:00Z'),
			actor: { kind: 'system', id: 'sign-in' },
			action: 'session.refuse',
			subject: { kind: 'user', ids: ['9'] },
			reason: 'password'
		},
		...Array.from({ length: 60 }, (_, n): AuditEntry => ({
			at: Date.parse('2026-03-03T12:00:00Z') + n,
			actor: { kind: 'key', id: 'k1' },
			action: 'contact.write',
			subject: { kind: 'contact', ids: ['12'] }
		}))
	];
}

const ids = (page: { entries: { id: number }[] }) => page.entries.map(({ id }) => id);

test('an entry is told in words, with what it was about, and the reason opened', async () => {
	const { entries: found, zone } = await api.audit.list({ to: '2026-03-01' });
	expect(zone).toBe('America/New_York');
	expect(found).toMatchObject([
		{ id: 4, words: { lost: true } },
		{ id: 3, what: 'Saw 130 people', thingsMore: 30 },
		{
			id: 2,
			who: 'Ann Marketer',
			what: 'Uncovered health information of Person 12',
			things: [{ text: 'Person 12', href: '/people/12' }],
			fields: ['diagnosis'],
			reason: 'support',
			words: { text: 'She called about her results.' }
		},
		{
			id: 1,
			at: '2026-03-02T03:00:00.000000Z',
			what: 'Published the journey “Lab results” as version 3',
			things: [{ text: '“Lab results”', href: '/journeys/lab-results' }],
			words: null,
			ip: '2001:db8::1',
			requestId: 'r-1',
			details: [{ name: 'version', value: '3' }]
		}
	]);
	expect(found[1]?.things).toHaveLength(100);
});

test.each([
	['a day of the workspace’s zone', { from: '2026-03-02', to: '2026-03-02' }, [5]],
	['up to a day', { to: '2026-03-01' }, [4, 3, 2, 1]],
	['who', { who: { kind: 'user' as const, id: '7' } }, [4, 2, 1]],
	['what', { action: 'phi.show' }, [4, 2]],
	['a person, also one of many', { person: 13 }, [4, 3]],
	[
		'all at once',
		{ person: 12, who: { kind: 'user' as const, id: '7' }, action: 'phi.show', to: '2026-03-02' },
		[2]
	],
	['nothing that there is', { person: 999 }, []]
])('it is filtered by %s', async (_, filter, expected) => {
	expect(ids(await api.audit.list(filter))).toEqual(expected);
});

test('pages follow each other without a gap, with the filter kept', async () => {
	const first = await api.audit.list({ person: 12 });
	const second = await api.audit.list({ person: 12, cursor: first.next });
	expect([first.entries.length, second.entries.length, second.next]).toEqual([50, 12, null]);
	expect(new Set([...ids(first), ...ids(second)]).size).toBe(62);
});

test('the filter offers who is in the log and what was done, in words', async () => {
	expect(await api.audit.actors()).toEqual([
		{ kind: 'user', id: '8', name: '=HYPERLINK("http://evil.example")' },
		{ kind: 'user', id: '7', name: 'Ann Marketer' },
		{ kind: 'key', id: 'k1', name: 'k1 (API key)' },
		{ kind: 'system', id: 'sign-in', name: 'Stepwell (sign-in)' }
	]);
	expect(await api.audit.actions()).toContainEqual({ action: 'journey.publish', label: 'Journey published' });
});

async function textOf(lines: AsyncGenerator<string>): Promise<string> {
	let text = '';
	for await (const line of lines) text += line;
	return text;
}

test('the table has words, and no cell that a spreadsheet would run', async () => {
	const { filter } = await api.audit.export({ format: 'csv', filter: { to: '2026-03-02' } });
	const text = await textOf(exportAuditCsv(app.pool, filter));
	const [head, first, , third] = text.split('\r\n');
	expect(head).toMatch(/^\uFEFFEntry,Time \(UTC\),Who,What,/);
	expect(first).toContain(
		'1,2026-03-02T03:00:00.000000Z,Ann Marketer,Published the journey “Lab results” as version 3,journey.publish,user,7,journey,lab-results'
	);
	expect(third).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
	expect(text).not.toContain('She called');
});

test('an export is recorded with its filter, and the whole log has the export as its last line and verifies', async () => {
	const { filter } = await api.audit.export({ format: 'jsonl' });
	const lines = (await textOf(exportAudit(app.pool, filter))).trimEnd().split('\n');
	expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
		action: 'audit.export',
		actorName: 'Olga Operator',
		ip: '192.0.2.5',
		details: { format: 'jsonl' }
	});
	expect(await verifyAudit(lines)).toMatchObject({ verified: { count: lines.length } });
	await api.audit.export({
		format: 'csv',
		filter: { from: '2026-03-01', person: 12, who: { kind: 'user', id: '7' }, action: 'phi.show' }
	});
	const [last] = (await api.audit.list({ action: 'audit.export' })).entries;
	expect(last?.things).toMatchObject([{ text: 'Person 12' }]);
	expect(last?.details).toEqual([
		{ name: 'who', value: 'user:7' },
		{ name: 'from', value: '2026-03-01' },
		{ name: 'action', value: 'phi.show' },
		{ name: 'format', value: 'csv' }
	]);
});

test('the state says how the log is guarded, and when it was signed last', async () => {
	expect(await api.audit.state()).toMatchObject({ protection: 'superuser', checkpoint: null, fault: null });
	const checkpoints = openCheckpoints(folder);
	await checkpointAudit(app.pool, checkpoints, clock.now());
	const { checkpoint } = await api.audit.state();
	expect(checkpoint).toMatchObject({ at: '2026-03-02T03:00:00.000Z', id: expect.any(Number) });
	await signAudit(app, checkpoints);
	expect(logged).toBe('');
	const lines: string[] = [];
	for await (const line of exportAudit(app.pool)) lines.push(line.slice(0, -1));
	expect(await verifyAudit(lines, signedBy(checkpoints))).toHaveProperty(
		'verified.signedUpTo',
		checkpoint?.id
	);
});

test('a log that is not what was signed is told on the page and in the process’s log, and nothing more is signed', async () => {
	const checkpoints = openCheckpoints(folder);
	const before = readFileSync(checkpoints.file, 'utf8');
	const { hourly } = makeTasks(app, () => false, [], [() => signAudit(app, checkpoints)]);
	await tamper(app.pool, ['delete from audit_log where id > 60']);
	expect((await api.audit.state()).fault).toMatch(/its end was cut off/);
	await hourly?.({}, {} as JobHelpers);
	expect(logged).toContain('"fault":"entry.cut"');
	expect(readFileSync(checkpoints.file, 'utf8')).toBe(before);
	writeFileSync(checkpoints.file, before.replace('"count":', '"count":1'));
	expect((await api.audit.state()).fault).toMatch(/changed or forged/);
});
