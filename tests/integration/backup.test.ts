import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkpointAudit, openCheckpoints } from '../../src/lib/server/audit/checkpoints.ts';
import { checkFiles, readManifest } from '../../src/lib/server/backup/manifest.ts';
import { readKeysFile, type Keys } from '../../src/lib/server/backup/keys-file.ts';
import { restoreBackup, type Restored, type RestoreOptions } from '../../src/lib/server/backup/restore.ts';
import { openPool } from '../../src/lib/server/db/db.ts';
import { migrate } from '../../src/lib/server/db/migrate.ts';
import { isStartError } from '../../src/lib/server/db/start-error.ts';
import { append, signedBy, verdictOn } from '../support/audit-log.ts';
import { CANARY, Elsewhere, Installation, measureAll, PASSPHRASE, readPeople } from '../support/backup.ts';

let here: Installation;
let there: Elsewhere;
beforeAll(async () => {
	here = await Installation.open();
	await here.backUpWithKeys('first');
});
afterAll(() => here.close());
beforeEach(async () => {
	there = await Elsewhere.open();
});
afterEach(() => there.close());

// A passphrase costs a third of a second each time, as it should.
const keysByName = new Map<string, Keys>();
function keysOf(name: string): Keys {
	const keys = keysByName.get(name) ?? readKeysFile(here.path(`${name}.keys`), PASSPHRASE);
	keysByName.set(name, keys);
	return keys;
}

function restore(name: string, more: Partial<RestoreOptions> = {}): Promise<Restored> {
	return restoreBackup({
		pool: there.pool,
		dataFolder: there.data,
		folder: here.path(name),
		migrations: 'drizzle',
		keys: keysOf(name),
		env: {},
		now: here.clinic.clock.now(),
		tell() {},
		...more
	});
}

/** The sentence that `work` is refused with. */
async function refusal(work: Promise<unknown> | (() => unknown)): Promise<string> {
	const error: unknown = await (typeof work === 'function' ? Promise.resolve().then(work) : work).then(
		() => new Error('It was not refused.'),
		(thrown: unknown) => thrown
	);
	if (!isStartError(error)) throw error;
	return (error as Error).message;
}

function copyOfFirst(name: string): string {
	const folder = here.path(name);
	for (const file of readdirSync(here.path('first'), { recursive: true, withFileTypes: true })) {
		if (!file.isFile()) continue;
		const to = file.parentPath.replace(here.path('first'), folder);
		mkdirSync(to, { recursive: true });
		writeFileSync(join(to, file.name), readFileSync(join(file.parentPath, file.name)));
	}
	return folder;
}

describe('a restored backup', () => {
	test('has every row as it was, and opens with the keys of its own file', async () => {
		const restored = await restore('first');
		const [was, is] = [await measureAll(here.pool), await measureAll(there.pool)];
		expect(is.audit_log?.rows).toBe((was.audit_log?.rows ?? 0) + 1);
		expect({ ...is, audit_log: null }).toEqual({ ...was, audit_log: null });
		expect(restored.rows).toBe(Object.values(was).reduce((sum, { rows }) => sum + rows, 0));
		expect(restored.check?.opened).toEqual(
			expect.arrayContaining(['caught_mails.head', 'caught_mails.sealed', 'contacts.sealed', 'events.sealed'])
		);
		expect(restored.check?.shut).toEqual([]);
		const people = await readPeople(there.pool, there.data);
		expect(people).toEqual(await readPeople(here.pool, here.data));
		expect(people.contacts[0]?.attributes).toMatchObject({ diagnosis: CANARY });
	});

	test('goes on: keys and sequences are where they were, and the product migrates it', async () => {
		await restore('first');
		const last = 'select max(id)::int as last from contacts';
		const { rows } = await there.pool.query<{ last: number }>(last);
		await there.pool.query(`insert into contacts (public_id_mark, sealed) values ('\\x01', '\\x')`);
		expect((await there.pool.query<{ last: number }>(last)).rows[0]?.last).toBe((rows[0]?.last ?? 0) + 1);
		await migrate(there.pool, 'drizzle');
		const partition = `select tableoid::regclass::text as name from events limit 1`;
		expect((await there.pool.query<{ name: string }>(partition)).rows[0]?.name).toMatch(/^events_/);
		await expect(there.pool.query(`delete from audit_log`)).rejects.toThrow('only be added to');
	});

	test('has the same foreign keys and indexes as a new database', async () => {
		await restore('first');
		const made = `select conrelid::regclass::text as on, pg_get_constraintdef(oid) as made from pg_constraint
			where connamespace = 'public'::regnamespace and contype <> 'n' union all select indrelid::regclass::text, pg_get_indexdef(indexrelid)
			from pg_index where indrelid::regclass::text !~ '^(graphile|pg_)' order by 1, 2`;
		expect((await there.pool.query(made)).rows).toEqual((await here.pool.query(made)).rows);
	});

	test('asks again for work that stands in no table, and for nothing else', async () => {
		await restore('first');
		const { rows } = await there.pool.query(
			`select t.identifier, j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
			 order by 1`
		);
		expect(rows).toEqual([
			{ identifier: 'plan', payload: { version: 1, journeyId: 1 } },
			{ identifier: 'plan-contacts', payload: { version: 1, contactIds: [1] } }
		]);
	});

	test('brings the spool and the checkpoints, from which the audit log goes on', async () => {
		await restore('first');
		const spool = new Database(join(there.data, 'spool.sqlite'), { readonly: true });
		expect(spool.prepare('select count(*) as n from intake').get()).toEqual({ n: 1 });
		spool.close();
		const checkpoints = openCheckpoints(there.data);
		expect(await checkpointAudit(there.pool, checkpoints, here.clinic.clock.now())).toMatchObject({
			written: { kind: 'head' }
		});
		expect(await verdictOn(there.pool, checkpoints)).toMatchObject({ verified: { checkpoints: 2 } });
		const { rows } = await there.pool.query(
			`select action, actor_id from audit_log order by id desc limit 1`
		);
		expect(rows).toEqual([{ action: 'backup.restore', actor_id: 'restore-cli' }]);
	});

	test('puts checkpoints aside that sign what it does not have', async () => {
		const folder = join(there.data, 'audit');
		await append(here.pool, 3);
		await checkpointAudit(here.pool, openCheckpoints(here.data), here.clinic.clock.now());
		mkdirSync(folder);
		for (const file of ['checkpoints.jsonl', 'public-keys.json'])
			writeFileSync(join(folder, file), readFileSync(join(here.data, 'audit', file)));
		const { notes } = await restore('first');
		expect(notes.join()).toContain('before what was signed last');
		const aside = readdirSync(folder).find((name) => name.includes('before-restore')) ?? '';
		expect(readFileSync(join(folder, aside), 'utf8').trim().split('\n')).toHaveLength(2);
		const outcome = await checkpointAudit(there.pool, openCheckpoints(there.data), here.clinic.clock.now());
		expect(outcome).toMatchObject({ written: { kind: 'head' } });
		expect(signedBy(openCheckpoints(there.data)).lines).toHaveLength(2);
	});

	test('forgets again who was erased after it was made, when newer keys say so', async () => {
		const { vault } = here.clinic.database;
		const id = here.clinic.idOf('p25');
		await vault.shred(here.pool, [id]);
		await here.backUpWithKeys('after-erasure');
		const { notes } = await restore('first', { keys: keysOf('after-erasure') });
		expect(notes.join()).toContain('1 people who were erased');
		const { rows } = await there.pool.query('select wrapped from contact_keys where contact_id = $1', [id]);
		expect(rows).toEqual([{ wrapped: null }]);
	});
});

test('a backup is of one moment, whoever writes meanwhile', async () => {
	let stopped = false;
	const pair = `with one as (insert into refusals (journey_id, version_id, step, contact_id, at, reason) values (1, 1, 'a', 1, now(), 'x'))
		insert into event_queue (event_id, received_at) select coalesce(max(event_id), 0) + 1, now() from event_queue`;
	const writing = (async () => {
		while (!stopped) await here.pool.query(pair);
	})();
	for (let written = 0; written < 20;)
		written =
			(await here.pool.query<{ n: number }>('select count(*)::int as n from refusals')).rows[0]?.n ?? 0;
	await here.backUp('busy').finally(() => (stopped = true));
	await writing;
	const { tables } = readManifest(here.path('busy')).manifest;
	const rowsOf = (name: string) => tables.find((table) => table.name === name)?.rows;
	expect(rowsOf('refusals')).toBeGreaterThan(0);
	expect(rowsOf('event_queue')).toBe(rowsOf('refusals'));
});

describe('a backup', () => {
	test('holds nothing about people that can be read, nor a key', () => {
		const kept = readdirSync(here.path('first'), { recursive: true, withFileTypes: true })
			.filter((file) => file.isFile())
			.map((file) => readFileSync(join(file.parentPath, file.name)))
			.map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
		const ring = JSON.parse(readFileSync(join(here.data, 'keys', 'kek.json'), 'utf8')) as {
			keys: { key: string }[];
		};
		for (const secret of [CANARY, Buffer.from(CANARY).toString('hex'), ring.keys[0]?.key ?? ''])
			expect(kept.some((bytes) => bytes.includes(secret))).toBe(false);
		expect(readFileSync(here.path('first.keys'), 'utf8')).not.toContain(ring.keys[0]?.key);
	});

	test('replaces nothing, and leaves nothing when it fails', async () => {
		expect(await refusal(here.backUp('first'))).toContain('already there');
		expect(await refusal(here.backUp('nowhere/name'))).toContain('no folder');
		await expect(here.backUp('no\0name')).rejects.toThrow();
		expect(readdirSync(here.folder).filter((name) => name.includes('.part'))).toEqual([]);
	});

	test.each(['tables/contacts.copy.gz', 'tables/audit_log.copy.gz', 'jobs.copy.gz', 'spool.sqlite'])(
		'with one byte changed in %s is refused, and the database stays empty',
		async (path) => {
			const folder = copyOfFirst(`changed-${path.replaceAll('/', '-')}`);
			const bytes = readFileSync(join(folder, path));
			bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
			writeFileSync(join(folder, path), bytes);
			await expect(checkFiles(folder, readManifest(folder).manifest)).rejects.toThrow('was changed');
			expect(await refusal(restore('first', { folder }))).toContain(path);
			expect(await there.tables()).toBe(0);
			expect(readdirSync(there.data)).toEqual([]);
		}
	);

	test('with a manifest that was made to fit is refused by its keys', async () => {
		const folder = copyOfFirst('forged');
		const file = join(folder, 'manifest.json');
		writeFileSync(file, readFileSync(file, 'utf8').replace('"product": "test"', '"product": "fake"'));
		expect(await refusal(restore('first', { folder }))).toContain('vouch');
	});

	test('that fails in the middle leaves an empty database and an empty folder', async () => {
		const folder = copyOfFirst('torn');
		const { manifest } = readManifest(folder);
		const table = manifest.tables.find(({ name }) => name === 'templates');
		if (table) table.digest = '0'.repeat(64);
		writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
		const { backup: _, ...keys } = keysOf('first');
		expect(await refusal(restore('first', { folder, keys: { ...keys, backup: null } }))).toContain(
			'templates'
		);
		expect(await there.tables()).toBe(0);
		expect(readdirSync(there.data)).toEqual([]);
	});
});

describe('a restore refuses', () => {
	test('a database that is not empty', async () => {
		await there.pool.query('create table mine (id int)');
		expect(await refusal(restore('first'))).toContain('not empty');
		expect(await there.tables()).toBe(1);
	});

	test('a folder that holds other keys', async () => {
		mkdirSync(join(there.data, 'keys'));
		writeFileSync(join(there.data, 'keys', 'kek.json'), 'other');
		expect(await refusal(restore('first'))).toContain('another key');
	});

	test('a wrong passphrase', async () => {
		expect(await refusal(() => readKeysFile(here.path('first.keys'), 'wrong horse battery'))).toContain(
			'passphrase is wrong'
		);
	});

	test('keys that open nothing in it', async () => {
		const { ring } = JSON.parse(JSON.stringify(keysOf('first'))) as { ring: string };
		const other = ring.replace(/"id": "[^"]*"/, '"id": "k-other"');
		expect(await refusal(restore('first', { keys: { ...keysOf('first'), ring: other } }))).toContain(
			"don't fit"
		);
		expect(await there.tables()).toBe(0);
	});

	test('what is no backup', async () => {
		expect(await refusal(restore('first', { folder: here.data }))).toContain('no backup');
	});
});

test.each(['createrole', 'nocreaterole'])(
	'a user of the database who is no superuser (%s) restores as well',
	async (may) => {
		const role = `restorer_${may}_${randomBytes(4).toString('hex')}`;
		const { pool, url } = there.database;
		await pool.query(`create role ${role} login ${may}`);
		await pool.query(
			`do $$ begin execute format('alter database %I owner to ${role}', current_database()); end $$`
		);
		const theirs = openPool(url.replace('stepwell@', `${role}@`), 3);
		try {
			const { notes } = await restore('first', { pool: theirs });
			expect(notes.some((note) => note.includes('only triggers guard it'))).toBe(may === 'nocreaterole');
			const [was, is] = [await measureAll(here.pool), await measureAll(theirs)];
			expect({ ...is, audit_log: null }).toMatchObject({ contacts: was.contacts, templates: was.templates });
			await expect(theirs.query('delete from audit_log')).rejects.toThrow();
		} finally {
			await theirs.end();
			// Their backends outlive the connections, and still drop what was temporary; this waits until they are gone.
			await pool.query('select pg_terminate_backend(pid, 30000) from pg_stat_activity where usename = $1', [
				role
			]);
			await pool.query(`reassign owned by ${role} to stepwell`);
			await pool.query(
				`do $$ begin execute format('alter database %I owner to stepwell', current_database()); end $$`
			);
			await pool.query(`drop owned by ${role}; drop role ${role}`);
		}
	}
);

test('without keys all is restored, and told that nothing opens', async () => {
	const restored = await restore('first', { keys: undefined });
	expect(restored.check).toBeNull();
	expect(restored.notes.join()).toContain('No keys were given');
	expect(existsSync(join(there.data, 'keys'))).toBe(false);
});
