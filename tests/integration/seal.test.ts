import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { nameMatches } from '../../src/lib/server/seal/name-words.ts';
import { openBytes, openJson, placesIn, sealBytes, sealJson } from '../../src/lib/server/seal/sealed.ts';
import { CURRENT_KNOWN_FOR_MS } from '../../src/lib/server/seal/data-keys.ts';
import { cloneBareDatabase, type TestDatabase } from '../support/database.ts';
import { openFor, outcomeOf, sealedPlace, sealFor, testRing, Vaults } from '../support/vault.ts';

let database: Omit<TestDatabase, 'vault'>;
let vaults: Vaults;
beforeAll(async () => {
	database = await cloneBareDatabase();
	vaults = new Vaults(database.pool);
});
afterEach(() => vaults.clear());
afterAll(() => database.drop());

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const count = async (query: string) => (await database.pool.query<{ n: number }>(query)).rows[0]?.n;

describe('making keys', () => {
	test('processes that start together share one data key and one index key', async () => {
		const opened = await Promise.all(numbers(1, 6).map(() => vaults.open()));
		expect(await count('select count(*) as n from data_keys')).toBe(2);
		const marks = opened.map((vault) => vault.index.equality('contacts', 'x', 'email').markOf('jane@x.org'));
		expect(new Set(marks.map((mark) => mark?.toString('hex'))).size).toBe(1);
	});

	test('twenty callers in three processes, in any order, get one key for each contact', async () => {
		const processes = [await vaults.open(), await vaults.open(), await vaults.open()];
		const ids = numbers(1, 400);
		const sealed = await Promise.all(
			numbers(0, 19).map(async (caller) => {
				const turned = [...ids.slice(caller * 20), ...ids.slice(0, caller * 20)];
				const wanted = caller % 2 ? turned : turned.reverse();
				const keys = await (processes[caller % 3] ?? processes[0])?.keysToSeal(wanted);
				return ids.map((id) => keys && sealJson(keys.get(id), sealedPlace(id), `${caller} for ${id}`));
			})
		);
		expect(await count('select count(*) as n from contact_keys')).toBe(400);
		const keys = await (await vaults.open()).keysToOpen(ids);
		for (const [caller, rows] of sealed.entries())
			for (const [at, row] of rows.entries())
				expect(openJson(keys.get(at + 1), sealedPlace(at + 1), row ?? Buffer.alloc(0))).toBe(
					`${caller} for ${at + 1}`
				);
	});

	test('a thousand contacts are opened with one statement, and from memory with none', async () => {
		await (await vaults.open()).keysToSeal(numbers(1, 1000));
		const vault = await vaults.open();
		const asked = vi.spyOn(vault.dataKeys.pool, 'query');
		for (const id of numbers(1, 1000)) expect((await vault.keysToOpen(numbers(1, 1000))).get(id).id).toBe(id);
		expect(asked).toHaveBeenCalledTimes(1);
	});

	test('a key outlives the transaction that asked for it, so what others sealed with it stays readable', async () => {
		const vault = await vaults.open();
		let sealed: Buffer = Buffer.alloc(0);
		await inTransaction(database.pool, async () => {
			sealed = await sealFor(vault, 1, 'kept');
			throw new Error('rolled back');
		}).catch(() => {});
		expect(await openFor(await vaults.open(), 1, sealed)).toBe('kept');
	});

	test('as many transactions as the pool has connections may ask for keys at once', async () => {
		const vault = await vaults.open();
		const asked = numbers(1, 10).map((id) =>
			inTransaction(database.pool, async (tx) => {
				await tx.query('select 1');
				return (await vault.keysToSeal([id, 100])).get(id).id;
			})
		);
		expect(await Promise.all(asked)).toEqual(numbers(1, 10));
	});

	test('opening makes no key', async () => {
		const vault = await vaults.open();
		const keys = await vault.keysToOpen([1]);
		expect(keys.find(1)).toBeUndefined();
		expect(() => keys.get(1)).toThrow('contact 1');
		expect(await count('select count(*) as n from contact_keys')).toBe(0);
	});
});

describe('tampering in the database', () => {
	test('a wrapped key moved to another contact opens nothing, and keeps no other contact shut', async () => {
		const sealed = await sealFor(await vaults.open(), 1, 'x');
		await sealFor(await vaults.open(), 2, 'y');
		await database.pool.query(
			`update contact_keys set wrapped = (select wrapped from contact_keys where contact_id = 2) where contact_id = 1`
		);
		const keys = await (await vaults.open()).keysToOpen([1, 2]);
		expect(() => keys.get(1)).toThrow('changed or moved');
		expect(keys.get(2).id).toBe(2);
		expect(await outcomeOf(openFor(await vaults.open(), 1, sealed))).toBe('seal.tampered');
	});

	test('a data key that was changed, moved, or wrapped by a key not in the ring is told by its code', async () => {
		await sealFor(await vaults.open(), 1, 'x');
		expect(await outcomeOf(vaults.open({ provider: testRing('other', randomBytes(32)) }))).toBe(
			'seal.unknown-key'
		);
		expect(await outcomeOf(vaults.open({ provider: testRing('test', randomBytes(32)) }))).toBe(
			'seal.tampered'
		);
		await database.pool.query(
			`update data_keys d set wrapped = o.wrapped from data_keys o where o.id <> d.id`
		);
		expect(await outcomeOf(vaults.open())).toBe('seal.tampered');
	});

	test('a contact key that names a data key which is not there is told by its code', async () => {
		const sealed = await sealFor(await vaults.open(), 1, 'x');
		await database.pool.query('update contact_keys set dek_id = 99');
		expect(await outcomeOf(openFor(await vaults.open(), 1, sealed))).toBe('seal.unknown-key');
	});

	test('neither table holds a key as it is', async () => {
		const vault = await vaults.open();
		const contactKey = (await vault.keysToSeal([1])).get(1).secret.export();
		const dataKey = vault.workspaceKey().secret.export();
		const { rows } = await database.pool.query<{ row: string }>(
			`select d::text as row from data_keys d union all select c::text from contact_keys c`
		);
		expect(rows).toHaveLength(3);
		for (const { row } of rows)
			for (const bytes of [contactKey, dataKey]) expect(row).not.toContain(bytes.toString('hex'));
	});
});

describe('shredding', () => {
	test('makes a contact unreadable at once here, and in other processes when their short memory ends', async () => {
		let later = 0;
		const ours = await vaults.open();
		const theirs = await vaults.open({ keptForMs: 1000, now: () => later });
		const sealed = await sealFor(ours, 1, 'x');
		expect(await openFor(theirs, 1, sealed)).toBe('x');
		await ours.shred(database.pool, [1]);
		expect(await outcomeOf(openFor(ours, 1, sealed))).toBe('seal.shredded');
		later = 999;
		expect(await outcomeOf(openFor(theirs, 1, sealed))).toBe('x');
		later = 1000;
		expect(await outcomeOf(openFor(theirs, 1, sealed))).toBe('seal.shredded');
		expect(await count('select count(*) as n from contact_keys where wrapped is not null')).toBe(0);
	});

	test('no key is made for a shredded contact again, also for one that never had a key', async () => {
		const vault = await vaults.open();
		await sealFor(vault, 1, 'x');
		await vault.shred(database.pool, [1, 2, 2]);
		for (const process of [vault, await vaults.open()]) {
			const keys = await process.keysToSeal([1, 2, 3]);
			expect([1, 2, 3].map((id) => keys.isShredded(id))).toEqual([true, true, false]);
			expect(() => keys.get(1)).toThrow('destroyed on request');
			expect(keys.get(3).id).toBe(3);
		}
	});

	test('a row deleted by hand leaves the mark', async () => {
		const sealed = await sealFor(await vaults.open(), 1, 'x');
		await database.pool.query('delete from contact_keys');
		const vault = await vaults.open();
		expect(await outcomeOf(openFor(vault, 1, sealed))).toBe('seal.shredded');
		expect(await outcomeOf(sealFor(vault, 1, 'y'))).toBe('seal.shredded');
	});

	test('is part of the transaction: rolled back, nothing was lost; open, nothing read meanwhile outlives it', async () => {
		const vault = await vaults.open();
		const sealed = await sealFor(vault, 1, 'x');
		await inTransaction(database.pool, async (tx) => {
			await vault.shred(tx, [1]);
			expect(await openFor(vault, 1, sealed)).toBe('x');
			throw new Error('rolled back');
		}).catch(() => {});
		expect(await openFor(vault, 1, sealed)).toBe('x');
		await inTransaction(database.pool, async (tx) => {
			await vault.shred(tx, [1]);
			expect(await openFor(vault, 1, sealed)).toBe('x');
		});
		expect(await outcomeOf(openFor(vault, 1, sealed))).toBe('seal.shredded');
	});
});

describe('what belongs to no contact', () => {
	const place = placesIn('spool', 'sealed')(1);

	test('is sealed by the data key, and opened by the key that it names', async () => {
		const vault = await vaults.open();
		const sealed = sealBytes(vault.workspaceKey(), place, Buffer.from('x'));
		const other = await vaults.open();
		expect(openBytes(await other.workspaceKeyOf(sealed), place, sealed).toString()).toBe('x');
	});

	test('is not opened by a key that is not there, or by a contact', async () => {
		const vault = await vaults.open();
		const sealed = sealBytes(vault.workspaceKey(), place, Buffer.from('x'));
		sealed.writeUIntBE(99, 4, 6);
		expect(await outcomeOf(vault.workspaceKeyOf(sealed))).toBe('seal.unknown-key');
		expect(await outcomeOf(vault.workspaceKeyOf(await sealFor(vault, 1, 'x')))).toBe('seal.tampered');
	});

	test('is sealed also while PostgreSQL is away', async () => {
		let later = 0;
		const vault = await vaults.open({ now: () => later });
		vi.spyOn(vault.dataKeys.pool, 'query').mockImplementation(() => Promise.reject(new Error('away')));
		later = 2 * CURRENT_KNOWN_FOR_MS;
		const sealed = sealBytes(vault.workspaceKey(), place, Buffer.from('x'));
		expect(openBytes(await vault.workspaceKeyOf(sealed), place, sealed).toString()).toBe('x');
	});
});

test('people are found by sealed e-mail, phone and name through indexes', async () => {
	const vault = await vaults.open();
	const email = vault.index.equality('people', 'email_mark', 'email');
	const phone = vault.index.equality('people', 'phone_mark', 'phone');
	const names = vault.index.names('people', 'name_tokens');
	const { pool } = database;
	await pool.query(`create table people (id int primary key, name text, email_mark bytea, phone_mark bytea, name_tokens bytea[]);
		create index on people (email_mark); create index people_names on people using gin (name_tokens)`);
	const people = [
		['Jane Doe', 'jane@x.org', '+15550109999'],
		['Müller-Lüdenscheidt', 'm@x.org', '+493012345'],
		['Mulligan', 'jane@x.org.uk', '+15550109998']
	] as const;
	for (const [at, [name, address, number]] of people.entries())
		await pool.query('insert into people values ($1, $2, $3, $4, $5)', [
			at,
			name,
			email.markOf(address),
			phone.markOf(number),
			names.tokensOf(name)
		]);
	const find = async (where: string, value: unknown) =>
		(
			await pool.query<{ name: string }>(`select name from people where ${where} order by id`, [value])
		).rows.map((row) => row.name);
	expect(await find('email_mark = $1', email.markOf(' Jane@X.org '))).toEqual(['Jane Doe']);
	expect(await find('phone_mark = $1', phone.markOf('+1 (555) 010-9999'))).toEqual(['Jane Doe']);
	const search = async (query: string) =>
		(await find('name_tokens @> $1', names.tokensToFind(query))).filter((name) => nameMatches(name, query));
	expect(await search('mul')).toEqual(['Müller-Lüdenscheidt', 'Mulligan']);
	expect(await search('lude')).toEqual(['Müller-Lüdenscheidt']);
	expect(await search('doe ja')).toEqual(['Jane Doe']);
	expect(await search('oe')).toEqual([]);
	const plan = await inTransaction(pool, async (tx) => {
		await tx.query('set local enable_seqscan = off');
		return (await tx.query('explain select from people where name_tokens @> $1', [names.tokensToFind('mul')]))
			.rows;
	});
	expect(JSON.stringify(plan)).toContain('people_names');
});
