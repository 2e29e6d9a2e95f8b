import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
	changeDataKey,
	changeOuterKey,
	findKeyStatus,
	removeOuterKey,
	type KeyTools
} from '../../src/lib/server/backup/key-commands.ts';
import { findRing } from '../../src/lib/server/backup/keys-file.ts';
import { openKeyRing } from '../../src/lib/server/seal/key-ring.ts';
import { beginDekRotation } from '../../src/lib/server/seal/rotation.ts';
import { openVault, type Vault } from '../../src/lib/server/seal/vault.ts';
import { cloneBareDatabase, type TestDatabase } from '../support/database.ts';
import { openFor, sealFor } from '../support/vault.ts';

const appSecret = Buffer.alloc(32, 7);
const opened: Vault[] = [];
let database: Omit<TestDatabase, 'vault'>;
let dataFolder: string;
let said: string[];
beforeEach(async () => {
	database = await cloneBareDatabase();
	dataFolder = mkdtempSync(join(tmpdir(), 'stepwell-keys-'));
	said = [];
});
afterEach(async () => {
	await Promise.all(opened.splice(0).map((vault) => vault.close()));
	await database.drop();
	rmSync(dataFolder, { recursive: true, force: true });
});

/** A process of its own on the same database and data folder. */
async function open(given?: string) {
	const ring = openKeyRing({ dataFolder, given, appSecret });
	const vault = await openVault({ pool: database.pool, provider: ring });
	opened.push(vault);
	return { ring, vault };
}

async function toolsOf(given?: string): Promise<KeyTools> {
	return {
		...(await open(given)),
		pool: database.pool,
		areGiven: given !== undefined,
		ringIds: () => findRing(dataFolder, { STEPWELL_KEYS: given }).map((key) => key.id),
		now: () => Date.UTC(2026, 2, 2),
		say: (line) => void said.push(line)
	};
}

async function recorded(): Promise<string[]> {
	const { rows } = await database.pool.query<{ action: string }>(
		`select action from audit_log where actor_kind = 'system' and actor_id = 'keys-cli' order by id`
	);
	return rows.map((row) => row.action);
}

/** The product at work: each contact is sealed for the first time, then opened and sealed anew, until told to stop. */
class Product {
	private isStopped = false;
	private readonly sealedById = new Map<number, { sealed: Buffer; value: string }>();
	private readonly vault: Vault;
	private readonly working: Promise<void>;

	constructor(vault: Vault) {
		this.vault = vault;
		this.working = this.work();
	}

	get size(): number {
		return this.sealedById.size;
	}

	async stop(): Promise<void> {
		this.isStopped = true;
		await this.working;
	}

	async expectAllOpenIn(vault: Vault): Promise<void> {
		for (const [id, { sealed, value }] of this.sealedById)
			expect(await openFor(vault, id, sealed)).toBe(value);
	}

	private async work(): Promise<void> {
		for (let turn = 1; !this.isStopped; turn++) {
			const id = turn % 3 === 0 ? turn / 3 : turn;
			const before = this.sealedById.get(id);
			if (before) expect(await openFor(this.vault, id, before.sealed)).toBe(before.value);
			const value = `value ${turn}`;
			this.sealedById.set(id, { sealed: await sealFor(this.vault, id, value), value });
		}
	}
}

async function untilBusy(product: Product): Promise<void> {
	const from = product.size;
	while (product.size < from + 30) await database.pool.query('select');
}

describe('while the product writes', () => {
	test('both layers change, and nothing that it sealed before, meanwhile or after is lost', async () => {
		const product = new Product((await open()).vault);
		await untilBusy(product);
		const tools = await toolsOf();
		const before = await findKeyStatus(tools);
		await changeOuterKey(tools);
		await untilBusy(product);
		await changeDataKey(tools, { settleMs: 0, wait: () => untilBusy(product) });
		await untilBusy(product);
		await product.stop();
		const after = await findKeyStatus(tools);
		expect(after.current).not.toBe(before.current);
		expect(new Set(after.dataKeys.map((key) => key.kek))).toEqual(new Set([after.current]));
		expect(after.dataKeys.filter((key) => key.state === 'current')).toHaveLength(2);
		await product.expectAllOpenIn((await open()).vault);
	});
});

describe('a change of the outer key', () => {
	test('is recorded, and leaves the older key for older backups until it is removed', async () => {
		const tools = await toolsOf();
		const { current: first } = await findKeyStatus(tools);
		await expect(removeOuterKey(tools, first)).rejects.toThrow('is in use');
		await changeOuterKey(tools);
		expect(tools.ringIds()).toContain(first);
		await removeOuterKey(tools, first);
		expect(tools.ringIds()).not.toContain(first);
		await expect(removeOuterKey(tools, first)).rejects.toThrow('There is no key');
		expect(await recorded()).toEqual(['keys.rotate-kek', 'keys.remove-kek']);
	});

	test('that was cut off is gone on with, and makes no further key', async () => {
		const tools = await toolsOf();
		const added = tools.ring.addKey();
		await changeOuterKey(tools);
		expect(tools.ringIds()).toHaveLength(2);
		expect((await findKeyStatus(tools)).dataKeys.every((key) => key.kek === added)).toBe(true);
	});

	test('of keys from STEPWELL_KEYS says what to do, and then does the rest', async () => {
		const key = () => randomBytes(32).toString('base64');
		const old = `old:${key()}`;
		await expect(changeOuterKey(await toolsOf(old))).rejects.toThrow('Put it first in STEPWELL_KEYS');
		const tools = await toolsOf(`new:${key()},${old}`);
		await changeOuterKey(tools);
		expect((await findKeyStatus(tools)).dataKeys.map((each) => each.kek)).toEqual(['new', 'new']);
	});
});

describe('a change of the data key', () => {
	test('tells what it did, is recorded, and retires the older key', async () => {
		const tools = await toolsOf();
		const sealed = await sealFor(tools.vault, 1, 'x');
		await changeDataKey(tools, { settleMs: 0 });
		expect(said.at(-1)).toMatch(/^1 keys are under data key \d+ now. The older keys are retired.$/);
		expect(await recorded()).toEqual(['keys.rotate-data', 'keys.rotate-data-end']);
		expect(await openFor((await open()).vault, 1, sealed)).toBe('x');
	});

	test('that was cut off is gone on with, and makes no further key', async () => {
		const tools = await toolsOf();
		await sealFor(tools.vault, 1, 'x');
		await beginDekRotation(tools.vault);
		const { dataKeys } = await findKeyStatus(tools);
		await changeDataKey(tools, { settleMs: 0 });
		const after = await findKeyStatus(tools);
		expect(after.dataKeys).toHaveLength(dataKeys.length);
		expect(after.dataKeys.map((key) => [key.purpose, key.state, key.contacts])).toEqual([
			['seal', 'retired', 0],
			['index', 'current', 0],
			['seal', 'current', 1]
		]);
	});

	test('waits until every process knows the new key, and gives up in words', async () => {
		const tools = await toolsOf();
		const waited: number[] = [];
		const wait = (ms: number) => Promise.resolve(waited.push(ms));
		const { waiting } = await changeDataKey(tools, { settleMs: 3_600_000, wait });
		expect(waited).toEqual([3_605_000, 3_605_000]);
		expect(waiting).toHaveLength(1);
		expect(said.at(-1)).toContain('run this again later');
	});
});
