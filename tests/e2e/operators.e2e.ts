// What an operator meets: starts that can't go on, stops, kills and restarts. Each refusal is one sentence that says what to do.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { freePort } from '../support/free-port.ts';
import { filesWithCanaries } from './canary.ts';
import { ask, databaseAt } from './database.ts';
import { launch, makeFolder, publishResults, signUp } from './stepwell.ts';

const folders: string[] = [];
const running = new Set<Process>();
type Process = ReturnType<typeof launch>;

function newFolder(): string {
	const folder = makeFolder();
	folders.push(folder);
	return folder;
}

test.afterEach(async () => {
	for (const started of running) await stop(started, 'SIGTERM');
});
test.afterAll(() => {
	const leaks = folders.filter((folder) => existsSync(folder)).flatMap((folder) => filesWithCanaries(folder));
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
	expect(leaks, 'patients can be read at rest').toEqual([]);
});

function begin(env: Record<string, string>): Process {
	const started = launch([], env);
	running.add(started);
	return started;
}

interface Place {
	env: { STEPWELL_DATA: string; PORT: string };
	url: string;
}

async function newPlace(): Promise<Place> {
	const port = await freePort();
	return {
		env: { STEPWELL_DATA: join(newFolder(), 'data'), PORT: String(port) },
		url: `http://localhost:${port}`
	};
}

async function startAt({ env }: Place): Promise<Process> {
	const started = begin(env);
	expect(await started.ready, started.output()).toBeNull();
	return started;
}

async function stop(started: Process, signal: NodeJS.Signals): Promise<number | null> {
	running.delete(started);
	if (started.child.exitCode !== null || started.child.signalCode !== null) return started.child.exitCode;
	const closed = new Promise<number | null>((done) => started.child.once('close', done));
	started.child.kill(signal);
	return closed;
}

/** Starts with `env`, which must end with exit code 1 and one short text, in which no code shows. */
async function expectRefused(env: Record<string, string>, sentence: RegExp): Promise<string> {
	const started = begin(env);
	expect(await started.ready, started.output()).toBe(1);
	running.delete(started);
	const said = started.output().trim();
	expect(said).toMatch(sentence);
	expect(said).not.toMatch(/^\s+at |node:internal|Error:/m);
	expect(said.split('\n').length).toBeLessThanOrEqual(3);
	return said;
}

test('a second start in the same folder names the first and its address', async () => {
	const place = await newPlace();
	const first = await startAt(place);
	await expectRefused(
		{ ...place.env, PORT: String(await freePort()) },
		new RegExp(`already running here \\(process ${first.child.pid}\\): ${place.url}`)
	);
	expect((await fetch(`${place.url}/setup`)).status, 'the first goes on').toBe(200);
});

test('a taken port is named, and another one offered', async () => {
	const other = createServer();
	await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
	const { port } = other.address() as { port: number };
	const place = await newPlace();
	await expectRefused(
		{ ...place.env, PORT: String(port) },
		new RegExp(`Port ${port} is taken .* PORT=${port + 1} npm start`)
	);
	other.close();
});

test('a folder that can’t be written is named', async () => {
	const { env } = await newPlace();
	await expectRefused({ ...env, STEPWELL_DATA: '/sys/stepwell' }, /\/sys\/stepwell/);
	const file = join(newFolder(), 'data');
	writeFileSync(file, 'a file in the place of the folder');
	await expectRefused({ ...env, STEPWELL_DATA: file }, new RegExp(file));
});

test('a full disk is named', async () => {
	const folder = newFolder();
	const mounted =
		spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=755', 'stepwell-full', folder]).status === 0;
	test.skip(!mounted, 'Only a user that may mount can make a full disk.');
	try {
		const { env } = await newPlace();
		await expectRefused(
			{ ...env, STEPWELL_DATA: join(folder, 'data') },
			/The disk that holds \S+ is full\. Free some space/
		);
	} finally {
		spawnSync('umount', [folder]);
	}
});

test('data of a newer PostgreSQL is left alone', async () => {
	const { env } = await newPlace();
	const cluster = join(env.STEPWELL_DATA, 'postgres');
	mkdirSync(cluster, { recursive: true });
	writeFileSync(join(cluster, 'PG_VERSION'), '19\n');
	await expectRefused(env, /written by PostgreSQL 19; this Stepwell carries 18\. Install the newer Stepwell/);
	expect(readFileSync(join(cluster, 'PG_VERSION'), 'utf8')).toBe('19\n');
});

const addresses: { what: string; env: Record<string, string>; sentence: RegExp }[] = [
	{
		what: 'a DATABASE_URL where nobody listens',
		env: { DATABASE_URL: 'postgres://me:secret-word@127.0.0.1:1/stepwell' },
		sentence: /Nobody listens at the host and port of DATABASE_URL/
	},
	{
		what: 'a DATABASE_URL of another kind',
		env: { DATABASE_URL: 'mysql://localhost/stepwell' },
		sentence: /DATABASE_URL must start with postgres:\/\//
	},
	{
		what: 'a DATABASE_URL that is no address',
		env: { DATABASE_URL: 'postgres://me:secret-word@host:port/stepwell' },
		sentence: /DATABASE_URL is not an address/
	},
	{
		what: 'plain HTTP for other machines',
		env: { HOST: '0.0.0.0' },
		sentence: /HOST=0\.0\.0\.0 would serve plain HTTP to other machines/
	},
	{
		what: 'a public address in plain HTTP',
		env: { PUBLIC_URL: 'http://journeys.example.org' },
		sentence: /use https:\/\/journeys\.example\.org/
	},
	{
		what: 'a public address that is none',
		env: { PUBLIC_URL: 'journeys' },
		sentence: /PUBLIC_URL must be an address such as https/
	},
	{ what: 'a port that is none', env: { PORT: 'http' }, sentence: /PORT must be a number/ },
	{
		what: 'a secret of another length',
		env: { STEPWELL_SECRET: 'short' },
		sentence: /STEPWELL_SECRET must be 64 hexadecimal digits/
	},
	{
		what: 'a secret that can be guessed',
		env: { STEPWELL_SECRET: 'deadbeef'.repeat(8) },
		sentence: /STEPWELL_SECRET can be guessed/
	},
	{
		what: 'a key that can be guessed',
		env: { STEPWELL_KEYS: `mine:${Buffer.alloc(32, 7).toString('base64')}` },
		sentence: /STEPWELL_KEYS: key mine can be guessed/
	},
	{
		what: 'a database password that can be guessed',
		env: { DATABASE_URL: 'postgres://me:secret-word@db.example/stepwell?sslmode=verify-full' },
		sentence: /The password in DATABASE_URL can be guessed/
	},
	{
		what: 'a database elsewhere that anybody could play',
		env: { DATABASE_URL: 'postgres://me:q7Zk-Vm2xR9t-Lw4@db.example/stepwell' },
		sentence: /DATABASE_URL leads to another machine without checked TLS/
	}
];

for (const { what, env, sentence } of addresses)
	test(`${what} is refused with what to do`, async () => {
		const { env: place } = await newPlace();
		const said = await expectRefused({ ...place, ...env }, sentence);
		expect(said, 'a password is never printed').not.toContain('secret-word');
	});

test('Ctrl-C and SIGTERM stop it cleanly; a warm start is quick and has everything; newer data is refused', async () => {
	const place = await newPlace();
	const first = await startAt(place);
	const { pid } = databaseAt(place.env.STEPWELL_DATA);
	const me = await signUp(place.url);
	await me.api.journeys.create.mutate({ name: 'Kept' });
	expect(await stop(first, 'SIGINT')).toBe(0);
	expect(first.output().trimEnd()).toMatch(/Stopped\.$/);
	expect(isAlive(pid), 'PostgreSQL ended with it').toBe(false);
	expect(existsSync(join(place.env.STEPWELL_DATA, 'running.json'))).toBe(false);

	const second = await startAt(place);
	const seconds = Number(/running \(([\d.]+) s\)/.exec(second.output())?.[1]);
	expect(seconds).toBeLessThan(8);
	expect((await me.api.journeys.list.query()).map(({ name }) => name)).toEqual(['Kept']);
	await expectRefused(
		{
			...place.env,
			STEPWELL_DATA: join(newFolder(), 'data'),
			PORT: String(await freePort()),
			DATABASE_URL: databaseAt(place.env.STEPWELL_DATA).url('nowhere')
		},
		/The database in DATABASE_URL does not exist\. Make it: createdb/
	);
	await ask(
		{ dataFolder: place.env.STEPWELL_DATA },
		`insert into drizzle.__drizzle_migrations (hash, created_at) values ('of a later version', 32503680000000)`
	);
	const afterwards = databaseAt(place.env.STEPWELL_DATA).pid;
	expect(await stop(second, 'SIGTERM')).toBe(0);
	expect(second.output().trimEnd()).toMatch(/Stopped\.$/);
	expect(isAlive(afterwards)).toBe(false);

	await expectRefused(place.env, /written by a newer Stepwell\. Start that version/);
});

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

const patients = Array.from({ length: 30 }, (_, n) => `patient-${n + 1}`);

test('thirty patients are on their way when everything is killed: each gets exactly one mail, and nobody is stuck', async () => {
	const place = await newPlace();
	const first = await startAt(place);
	const me = await signUp(place.url);
	const { key } = await me.api.keys.create.mutate({ name: 'Laboratory' });
	const slug = await publishResults(me, 'treatment', 'PT4S');
	// A mail in the very act of being handed over would be held for a person; so the kill comes while they wait for it.
	await Promise.all(patients.map((id) => trigger(place, key, id)));
	const { pid } = databaseAt(place.env.STEPWELL_DATA);
	const ended = stop(first, 'SIGKILL');
	process.kill(pid, 'SIGKILL');
	await ended;

	await startAt(place);
	// The laboratory does not know what became of its calls, so it makes them again, under the same keys.
	await Promise.all(patients.map((id) => trigger(place, key, id)));
	await expect
		.poll(async () => (await me.api.reports.counts.query({ slug })).whole, { timeout: 60_000 })
		.toMatchObject({ entered: patients.length, sent: patients.length, waiting: 0 });
	const mails = await ask<{ count: number }>(
		{ dataFolder: place.env.STEPWELL_DATA },
		'select count(*)::int as count from caught_mails group by contact_id'
	);
	expect(mails.map(({ count }) => count)).toEqual(patients.map(() => 1));
	const left = await ask<{ state: string }>(
		{ dataFolder: place.env.STEPWELL_DATA },
		`select state from enrollments where state in ('active', 'waiting')`
	);
	expect(left).toEqual([]);
});

async function trigger({ url }: Place, key: string, id: string): Promise<void> {
	const answer = await fetch(`${url}/api/v1/triggers/result-treatment`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${key}`,
			'content-type': 'application/json',
			'idempotency-key': `result-of-${id}`
		},
		body: JSON.stringify({ contact: { id, email: `${id}@example.test` }, payload: { score: 7 } })
	});
	expect(answer.status).toBe(202);
}
