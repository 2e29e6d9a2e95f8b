import { createDecipheriv, scryptSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportArchive } from '../../src/lib/server/backup/archive-export.ts';
import {
	importArchive,
	type Imported,
	type ImportOptions
} from '../../src/lib/server/backup/archive-import.ts';
import { migrate } from '../../src/lib/server/db/migrate.ts';
import { openKeyRing } from '../../src/lib/server/seal/key-ring.ts';
import {
	CANARY,
	Elsewhere,
	HARD_TEXT,
	Installation,
	measureAll,
	PASSPHRASE,
	readPeople,
	SECRET
} from '../support/backup.ts';

let here: Installation;
let there: Elsewhere;
beforeAll(async () => {
	here = await Installation.open();
	await save('first.sqlite');
});
afterAll(() => here.close());
beforeEach(async () => {
	there = await Elsewhere.open();
});
afterEach(() => there.close());

function save(name: string, passphrase = PASSPHRASE) {
	return exportArchive({
		pool: here.pool,
		provider: here.ring,
		secret: Buffer.from(SECRET, 'hex'),
		target: here.path(name),
		passphrase,
		product: 'test',
		tell() {}
	});
}

function load(name: string, more: Partial<ImportOptions> = {}): Promise<Imported> {
	return importArchive({
		pool: there.pool,
		dataFolder: there.data,
		source: here.path(name),
		passphrase: PASSPHRASE,
		migrations: 'drizzle',
		env: {},
		now: here.clinic.clock.now(),
		tell() {},
		...more
	});
}

describe('an imported archive', () => {
	test('has every row as it was, and opens under the keys of its new place', async () => {
		const imported = await load('first.sqlite');
		const [was, is] = [await measureAll(here.pool), await measureAll(there.pool)];
		const same = (all: typeof was) => ({ ...all, audit_log: null, data_keys: null, sessions: null });
		expect(same(is)).toEqual(same(was));
		expect(is.data_keys?.rows).toBe(was.data_keys?.rows);
		expect(imported.check.shut).toEqual([]);
		expect(await readPeople(there.pool, there.data)).toEqual(await readPeople(here.pool, here.data));
		const { rows } = await there.pool.query(`select value #>> '{}' as text from settings where key = 'hard'`);
		expect(rows).toEqual([{ text: HARD_TEXT }]);
	});

	test('has its own key ring, and the secret that signed links in mails', async () => {
		await load('first.sqlite');
		const ring = readFileSync(join(there.data, 'keys', 'kek.json'), 'utf8');
		expect(ring).not.toEqual(readFileSync(join(here.data, 'keys', 'kek.json'), 'utf8'));
		expect(readFileSync(join(there.data, 'secret.key'), 'utf8')).toBe(SECRET);
		const { rows } = await there.pool.query(
			`select action, actor_id from audit_log order by id desc limit 1`
		);
		expect(rows).toEqual([{ action: 'archive.import', actor_id: 'archive-cli' }]);
		await migrate(there.pool, 'drizzle');
	});

	test('leaves the secret that is there, and says what that means', async () => {
		writeFileSync(join(there.data, 'secret.key'), '08'.repeat(32));
		expect((await load('first.sqlite')).notes.join()).toContain('its own secret');
	});

	test('can be archived again, and is the same', async () => {
		await load('first.sqlite');
		const tables = (name: string) => {
			const file = new Database(here.path(name), { readonly: true });
			const rows = file.prepare('select name, rows, digest from _stepwell_tables').all() as {
				name: string;
			}[];
			file.close();
			return rows.filter((row) => row.name !== 'audit_log' && row.name !== 'data_keys');
		};
		const secret = Buffer.from(SECRET, 'hex');
		const provider = openKeyRing({ dataFolder: there.data, given: undefined, appSecret: secret });
		const target = here.path('second.sqlite');
		await exportArchive({
			pool: there.pool,
			provider,
			secret,
			target,
			passphrase: PASSPHRASE,
			product: 'test',
			tell() {}
		});
		expect(tables('second.sqlite')).toEqual(tables('first.sqlite'));
	});
});

describe('an archive', () => {
	test('says in itself how it is read', () => {
		const file = new Database(here.path('first.sqlite'), { readonly: true });
		const { value } = file.prepare(`select value from _stepwell where key = 'readme'`).get() as {
			value: string;
		};
		file.close();
		expect(value).toContain('# A Stepwell archive');
	});

	test('opens by what its description says, without anything of ours', () => {
		const file = new Database(here.path('first.sqlite'), { readonly: true });
		const opened = openByDescription(file, PASSPHRASE, here.clinic.idOf('p1'));
		file.close();
		expect(opened.contact).toMatchObject({
			id: 'p1',
			email: 'p1@example.test',
			attributes: { diagnosis: CANARY }
		});
		expect(opened.event).toEqual({ why: CANARY });
		expect(opened.mail).toBe(CANARY);
	});

	test('holds nothing about people that can be read, nor a key', () => {
		const bytes = readFileSync(here.path('first.sqlite'));
		const ring = JSON.parse(readFileSync(join(here.data, 'keys', 'kek.json'), 'utf8')) as {
			keys: { key: string }[];
		};
		const key = ring.keys[0]?.key ?? '';
		for (const secret of [
			CANARY,
			'p1@example.test',
			key,
			Buffer.from(key, 'base64'),
			Buffer.from(SECRET, 'hex')
		])
			expect(bytes.includes(secret)).toBe(false);
	});

	test('has natural types', () => {
		const file = new Database(here.path('first.sqlite'), { readonly: true });
		const row = file
			.prepare(
				`select at, subject_ids, details, typeof(hash) as hash, typeof(id) as id from audit_log order by id limit 1`
			)
			.get() as {
			[column: string]: string;
		};
		file.close();
		expect(row).toMatchObject({
			hash: 'blob',
			id: 'integer',
			at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string
		});
		expect(JSON.parse(row.subject_ids ?? '')).toBeInstanceOf(Array);
		expect(JSON.parse(row.details ?? '')).toBeInstanceOf(Object);
	});

	test('is not written over a file, nor under a passphrase that is soon guessed', async () => {
		await expect(save('first.sqlite')).rejects.toThrow('already there');
		await expect(save('weak.sqlite', 'short')).rejects.toThrow('at least 12 characters');
		expect(existsSync(here.path('weak.sqlite'))).toBe(false);
		expect(readdirSync(here.folder).filter((name) => name.includes('.part'))).toEqual([]);
	});
});

describe('an import refuses', () => {
	afterEach(async () => {
		expect(await there.tables()).toBeLessThan(2);
		expect(existsSync(join(there.data, 'secret.key'))).toBe(false);
	});

	test('a wrong passphrase', async () => {
		await expect(load('first.sqlite', { passphrase: 'wrong horse battery' })).rejects.toThrow(
			'passphrase is wrong'
		);
	});

	test('a database that is not empty', async () => {
		await there.pool.query('create table mine (id int)');
		await expect(load('first.sqlite')).rejects.toThrow('not empty');
	});

	test('rows that were changed', async () => {
		writeFileSync(here.path('changed.sqlite'), readFileSync(here.path('first.sqlite')));
		const file = new Database(here.path('changed.sqlite'));
		file.exec(`update journeys set name = 'Another'`);
		file.close();
		await expect(load('changed.sqlite')).rejects.toThrow('journeys were changed');
	});

	test('a file of another kind', async () => {
		await expect(load('data/secret.key')).rejects.toThrow('no archive');
	});
});

// By ARCHIVE.md alone.
function openByDescription(file: Database.Database, passphrase: string, contactId: number) {
	const get = (statement: string, ...values: unknown[]) =>
		file.prepare(statement).get(...values) as Record<string, unknown>;
	const box = (key: Buffer, aad: string, bytes: Buffer) => {
		const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(aad));
		cipher.setAuthTag(bytes.subarray(12, 28));
		return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]);
	};
	const kdf = JSON.parse(get(`select value from _stepwell where key = 'kdf'`).value as string) as {
		N: number;
		r: number;
		p: number;
		salt: string;
	};
	const { N, r, p } = kdf;
	const salt = Buffer.from(kdf.salt, 'base64');
	const master = scryptSync(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem: 256 * N * r });
	const dataKey = (id: number) => {
		const { wrapped } = get('select wrapped from data_keys where id = ?', id);
		return box(master, `archive|data_keys|${id}`, (wrapped as Buffer).subarray(1));
	};
	const { dek_id: dek, wrapped } = get(
		'select dek_id, wrapped from contact_keys where contact_id = ?',
		contactId
	);
	const contactKey = box(
		dataKey(dek as number),
		`contact_keys|${contactId}`,
		(wrapped as Buffer).subarray(1)
	);
	const open = (table: string, column: string, id: number, sealed: Buffer) => {
		const kind = sealed[1] ?? 0;
		const number = Number(sealed.readBigUInt64BE(2));
		const key = kind === 1 ? contactKey : dataKey(number);
		return box(key, `1|${kind}|${number}|${table}|${column}|${id}`, sealed.subarray(10)).toString('utf8');
	};
	const contact = get('select sealed from contacts where id = ?', contactId).sealed as Buffer;
	const event = get(`select id, sealed from events where contact_id = ? and sealed is not null`, contactId);
	const mail = get('select id, sealed from caught_mails where contact_id is null');
	return {
		contact: JSON.parse(open('contacts', 'sealed', contactId, contact)) as unknown,
		event: JSON.parse(open('events', 'sealed', event.id as number, event.sealed as Buffer)) as unknown,
		mail: open('caught_mails', 'sealed', mail.id as number, mail.sealed as Buffer)
	};
}
