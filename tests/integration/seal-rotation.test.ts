import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { openKeyRing } from '../../src/lib/server/seal/key-ring.ts';
import {
	beginDekRotation,
	continueDekRotation,
	isKekInUse,
	rotateDek,
	rotateKek,
	type DekProgress,
	type WorkspaceRows
} from '../../src/lib/server/seal/rotation.ts';
import {
	keyNamedIn,
	openBytes,
	openJson,
	placesIn,
	sealBytes,
	sealJson
} from '../../src/lib/server/seal/sealed.ts';
import type { Vault } from '../../src/lib/server/seal/vault.ts';
import { cloneBareDatabase, type TestDatabase } from '../support/database.ts';
import { openFor, outcomeOf, sealedPlace, sealFor, Vaults } from '../support/vault.ts';

let database: Omit<TestDatabase, 'vault'>;
let vaults: Vaults;
beforeAll(async () => {
	database = await cloneBareDatabase();
	vaults = new Vaults(database.pool);
});
afterEach(async () => {
	await vaults.clear();
	await database.pool.query('drop table if exists kept, letters');
});
afterAll(() => database.drop());

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const atOnce = { settleMs: 0 };

async function dekOf(contactId: number): Promise<number | null | undefined> {
	const { rows } = await database.pool.query<{ dek_id: number | null }>(
		'select dek_id from contact_keys where contact_id = $1',
		[contactId]
	);
	return rows[0]?.dek_id;
}

async function walkThrough(vault: Vault): Promise<DekProgress> {
	let progress = await continueDekRotation(vault, 0, atOnce);
	while (progress.after !== null) progress = await continueDekRotation(vault, progress.after, atOnce);
	return progress;
}

async function retired(): Promise<number[]> {
	const { rows } = await database.pool.query<{ id: number }>(
		'select id from data_keys where retired_at is not null order by id'
	);
	return rows.map((row) => row.id);
}

async function untilSomebodyWaitsForALock(): Promise<void> {
	const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
	while ((await database.pool.query(waiting)).rows.length === 0);
}

/** Writers and readers over one table, in two processes, until they are told to stop. */
class Traffic {
	private stopped = false;
	private readonly last = new Map<number, number>();
	private written = 0;
	constructor(
		private readonly processes: readonly Vault[],
		private readonly contacts: number
	) {}

	static async on(processes: readonly Vault[], contacts: number): Promise<Traffic> {
		await database.pool.query('create table kept (contact_id bigint primary key, sealed bytea not null)');
		return new Traffic(processes, contacts);
	}

	/** Runs beside `work`, and gives what it gave. Every row must open all the time, and hold the last value written. */
	async beside<T>(work: () => Promise<T>): Promise<T> {
		const lanes = this.processes.flatMap((vault, at) => [
			this.write(vault, 2 * at),
			this.write(vault, 2 * at + 1),
			this.read(vault)
		]);
		const traffic = Promise.all(lanes);
		try {
			return await work();
		} finally {
			this.stopped = true;
			await traffic;
		}
	}

	async expectAllThere(vault: Vault): Promise<void> {
		expect(this.written).toBeGreaterThan(100);
		const values = await this.openRows(vault, [...this.last.keys()]);
		expect(new Map(values)).toEqual(this.last);
	}

	// Each lane has contacts of its own to write, so the last value of each is known.
	private async write(vault: Vault, lane: number): Promise<void> {
		for (let turn = 0; !this.stopped; turn++) {
			const ids = numbers(0, 19).map((n) => (((turn * 20 + n) * 4) % this.contacts) + lane + 1);
			const keys = await vault.keysToSeal(ids);
			const sealed = ids.map((id) => sealJson(keys.get(id), sealedPlace(id), turn));
			await database.pool.query(
				`insert into kept select * from unnest($1::bigint[], $2::bytea[])
				on conflict (contact_id) do update set sealed = excluded.sealed`,
				[ids, sealed]
			);
			for (const id of ids) this.last.set(id, turn);
			this.written += ids.length;
		}
	}

	private async read(vault: Vault): Promise<void> {
		for (let turn = 0; !this.stopped; turn++)
			await this.openRows(
				vault,
				numbers(1, 50).map((n) => ((turn * 50 + n) % this.contacts) + 1)
			);
	}

	private async openRows(vault: Vault, ids: number[]): Promise<[number, unknown][]> {
		const { rows } = await database.pool.query<{ contact_id: number; sealed: Buffer }>(
			'select contact_id, sealed from kept where contact_id = any($1)',
			[ids]
		);
		const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
		return rows.map(({ contact_id: id, sealed }) => [id, openJson(keys.get(id), sealedPlace(id), sealed)]);
	}
}

describe('the key ring', () => {
	let folder: string;
	beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'stepwell-rotate-'))));
	afterEach(() => rmSync(folder, { recursive: true }));
	const openRing = () =>
		openKeyRing({ dataFolder: folder, given: undefined, appSecret: Buffer.alloc(32, 7) });

	test('changes its key under writers and readers in two processes, and the old key can go', async () => {
		const ring = openRing();
		const first = await ring.currentKeyId();
		// A cache of one key and no patience: the wrapped rows are read all the time.
		const busy = { keptKeys: 1, keptForMs: 1 };
		const ours = await vaults.open({ provider: ring, ...busy });
		const theirs = await vaults.open({ provider: openRing(), ...busy });
		const traffic = await Traffic.on([ours, theirs], 400);
		await traffic.beside(async () => {
			for (let turn = 0; turn < 5; turn++) {
				const keyId = ring.addKey();
				expect(await rotateKek(ours)).toEqual({ keyId, moved: 2 + turn });
				await beginDekRotation(theirs);
			}
			expect((await rotateKek(theirs)).moved).toBe(0);
		});
		expect(await isKekInUse(ours, first)).toBe(false);
		ring.removeKey(first);
		await traffic.expectAllThere(await vaults.open({ provider: openRing() }));
	});

	test('keeps a key that is still in use told as such', async () => {
		const ring = openRing();
		const first = await ring.currentKeyId();
		const vault = await vaults.open({ provider: ring });
		ring.addKey();
		expect(await isKekInUse(vault, first)).toBe(true);
	});

	test('rotated by two processes at once, everything is under the new key once', async () => {
		const ring = openRing();
		const [ours, theirs] = [
			await vaults.open({ provider: ring }),
			await vaults.open({ provider: openRing() })
		];
		ring.addKey();
		const [one, other] = await Promise.all([rotateKek(ours), rotateKek(theirs)]);
		expect(one.moved + other.moved).toBe(2);
		await vaults.open({ provider: openRing() });
	});

	test('leaves marks of the index as they are', async () => {
		const ring = openRing();
		const before = await vaults.open({ provider: ring });
		ring.addKey();
		await rotateKek(before);
		await rotateDek(before, atOnce);
		const after = await vaults.open({ provider: openRing() });
		const [one, other] = [before, after].map((vault) =>
			vault.index.equality('contacts', 'email_mark', 'email').markOf('jane@x.org')
		);
		expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
	});
});

describe('the data key', () => {
	test('changes three times under writers and readers in two processes; no row is lost and old keys retire', async () => {
		const ours = await vaults.open({ keptKeys: 50, keptForMs: 1, now: () => performance.now() });
		const theirs = await vaults.open({ keptKeys: 50 });
		await ours.keysToSeal(numbers(5001, 8000));
		const traffic = await Traffic.on([ours, theirs], 2000);
		await traffic.beside(async () => {
			for (let turn = 0; turn < 3; turn++) await rotateDek(ours, atOnce);
		});
		// The other process's clock stands, so it may have wrapped under older keys to the end.
		const { waiting, current } = await walkThrough(ours);
		expect(waiting).toEqual([]);
		expect(await retired()).toHaveLength(3);
		const { rows } = await database.pool.query('select distinct dek_id from contact_keys');
		expect(rows).toEqual([{ dek_id: current }]);
		await traffic.expectAllThere(await vaults.open());
	});

	test('is told batch by batch, and goes on where a stopped process left off', async () => {
		const first = await vaults.open();
		const sealed = await sealFor(first, 2500, 'x');
		await first.keysToSeal(numbers(1, 2499));
		const current = await beginDekRotation(first);
		const step = await continueDekRotation(first, 0, atOnce);
		expect(step).toEqual({ current, moved: 1000, unreadable: 0, after: 1000, waiting: [1] });
		const second = await vaults.open();
		expect(await continueDekRotation(second, 1000, atOnce)).toMatchObject({ moved: 1000, after: 2000 });
		expect(await continueDekRotation(second, 2000, atOnce)).toMatchObject({
			moved: 500,
			after: null,
			waiting: []
		});
		expect(await openFor(second, 2500, sealed)).toBe('x');
	});

	test('a process that has not heard of the new key wraps under the old one until that is retired', async () => {
		const ours = await vaults.open();
		const theirs = await vaults.open();
		const [old] = [ours.workspaceKey().id];
		const current = await beginDekRotation(ours);
		await sealFor(theirs, 5, 'late');
		expect(await dekOf(5)).toBe(old);
		// The walk has passed contact 5: the old key waits for the next one.
		expect(await continueDekRotation(ours, 10, atOnce)).toMatchObject({ after: null, waiting: [old] });
		expect(await continueDekRotation(ours, 0, atOnce)).toMatchObject({ moved: 1, waiting: [] });
		const sealed = await sealFor(theirs, 6, 'later');
		expect(await dekOf(6)).toBe(current);
		expect(await openFor(ours, 6, sealed)).toBe('later');
	});

	test('an old key is not retired before every process can have heard of the new one', async () => {
		const vault = await vaults.open();
		const old = vault.workspaceKey().id;
		expect((await rotateDek(vault)).waiting).toEqual([old]);
		await database.pool.query(`update data_keys set created_at = created_at - interval '1 minute'`);
		expect((await continueDekRotation(vault)).waiting).toEqual([]);
		expect(await retired()).toEqual([old]);
	});

	test('a contact shredded during the rotation stays shredded, and nobody is aborted', async () => {
		const vault = await vaults.open();
		const sealed = await sealFor(vault, 1, 'x');
		await sealFor(vault, 2, 'y');
		await beginDekRotation(vault);
		await inTransaction(database.pool, async (tx) => {
			await vault.shred(tx, [1]);
			// It gives way to the open transaction, rather than wait for it with rows locked.
			expect(await continueDekRotation(vault, 0, atOnce)).toMatchObject({
				moved: 0,
				after: null,
				waiting: [1]
			});
			await vault.shred(tx, [3]);
		});
		expect(await continueDekRotation(vault, 0, atOnce)).toMatchObject({ moved: 1, waiting: [] });
		expect(await dekOf(1)).toBeNull();
		expect(await outcomeOf(openFor(vault, 1, sealed))).toBe('seal.shredded');
	});

	test('a contact shredded between the reading and the writing of its key stays shredded', async () => {
		const vault = await vaults.open();
		await vault.keysToSeal([1, 2]);
		await beginDekRotation(vault);
		let rotation: Promise<DekProgress> | undefined;
		await inTransaction(database.pool, async (tx) => {
			await vault.shred(tx, [1]);
			rotation = continueDekRotation(vault, 0, atOnce);
			await untilSomebodyWaitsForALock();
		});
		await rotation;
		expect(await walkThrough(vault)).toMatchObject({ unreadable: 0, waiting: [] });
		expect((await vault.keysToOpen([1])).isShredded(1)).toBe(true);
		expect((await vault.keysToOpen([2])).get(2).id).toBe(2);
	});

	test('a contact key that does not open is left, told, and keeps its data key', async () => {
		const vault = await vaults.open();
		await vault.keysToSeal([1, 2]);
		await database.pool.query(
			`update contact_keys set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) where contact_id = 1`
		);
		expect(await rotateDek(vault, atOnce)).toMatchObject({ moved: 1, unreadable: 1, waiting: [1] });
		expect(await retired()).toEqual([]);
	});

	test('two rotations at once end on one key', async () => {
		const ours = await vaults.open();
		const theirs = await vaults.open();
		await ours.keysToSeal(numbers(1, 3000));
		const told: (number | null)[] = [];
		await Promise.all([
			rotateDek(ours, { ...atOnce, onProgress: ({ after }) => told.push(after) }),
			rotateDek(theirs, atOnce)
		]);
		expect(told.at(-1)).toBeNull();
		await walkThrough(ours);
		expect(await retired()).toHaveLength(2);
		expect((await (await vaults.open()).keysToOpen([3000])).get(3000).id).toBe(3000);
	});

	test('rows under the data key itself are moved too, and hold it until they are', async () => {
		const place = placesIn('letters', 'sealed');
		await database.pool.query('create table letters (id int primary key, sealed bytea not null)');
		const vault = await vaults.open();
		for (const id of numbers(1, 5))
			await database.pool.query('insert into letters values ($1, $2)', [
				id,
				sealBytes(vault.workspaceKey(), place(id), Buffer.from(`letter ${id}`))
			]);
		const letters: WorkspaceRows = {
			async moveTo(current) {
				const { rows } = await database.pool.query<{ id: number; sealed: Buffer }>('select * from letters');
				const older = rows.filter((row) => keyNamedIn(row.sealed).id < current.id).slice(0, 2);
				for (const { id, sealed } of older) {
					const plain = openBytes(await vault.workspaceKeyOf(sealed), place(id), sealed);
					await database.pool.query('update letters set sealed = $2 where id = $1', [
						id,
						sealBytes(current, place(id), plain)
					]);
				}
				return older.length;
			},
			async areUnder(dataKeyId) {
				const { rows } = await database.pool.query<{ sealed: Buffer }>('select sealed from letters');
				return rows.some((row) => keyNamedIn(row.sealed).id === dataKeyId);
			}
		};
		const stuck: WorkspaceRows = { ...letters, moveTo: () => Promise.resolve(0) };
		expect((await rotateDek(vault, { ...atOnce, workspaceRows: [stuck] })).waiting).toEqual([1]);
		const done = await continueDekRotation(vault, 0, { ...atOnce, workspaceRows: [letters] });
		expect(done).toMatchObject({ moved: 5, waiting: [] });
		const { rows } = await database.pool.query<{ sealed: Buffer }>('select sealed from letters where id = 5');
		const sealed = rows[0]?.sealed ?? Buffer.alloc(0);
		expect(openBytes(await vault.workspaceKeyOf(sealed), place(5), sealed).toString()).toBe('letter 5');
	});

	test('a retired key still opens what it sealed', async () => {
		const vault = await vaults.open();
		const place = placesIn('spool', 'sealed')(1);
		const sealed = sealBytes(vault.workspaceKey(), place, Buffer.from('x'));
		await rotateDek(vault, atOnce);
		expect(await retired()).toEqual([1]);
		const other = await vaults.open();
		expect(openBytes(await other.workspaceKeyOf(sealed), place, sealed).toString()).toBe('x');
	});
});
