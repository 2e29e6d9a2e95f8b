// Sealing and opening two PHI attributes of a contact through the vault, with the bare cipher beside it. CPU of Node and
// PostgreSQL together, so a second here is a second of one core.
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { openJson, placesIn, sealJson } from '$lib/server/seal/sealed.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import type { BenchDatabase } from './database.ts';
import type { Figures } from './main.ts';

const CONTACTS = 20_000;
const BATCH = 1000;
const WARM_ROUNDS = 10;
const BARE_ROUNDS = 200_000;
const value = { diagnosis: 'Type 2 diabetes mellitus', lastResult: 'HbA1c 7.9 % on 2026-02-11' };
const at = placesIn('contacts', 'sealed');

/** Contacts a second and core: sealed (key made before, unwrapped now), opened the same way, opened with the key in memory. */
export async function measureSeal(database: BenchDatabase): Promise<Figures> {
	const ids = Array.from({ length: CONTACTS }, (_, n) => n + 1);
	const [maker, sealer, opener] = [
		await database.openVault(),
		await database.openVault(),
		await database.openVault()
	];
	await inBatches(ids, async (batch) => void (await maker.keysToSeal(batch)));
	await database.pool.query('vacuum analyze contact_keys');
	warmUp();
	const cpu = () => cpuSeconds(database);
	const sealed = new Map<number, Buffer>();
	const sealing = await secondsOf(cpu, () => sealAll(sealer, ids, sealed));
	const opening = await secondsOf(cpu, () => openAll(opener, ids, sealed));
	const warm = await secondsOf(cpu, async () => {
		for (let round = 0; round < WARM_ROUNDS; round++) await openAll(opener, ids, sealed);
	});
	const bare = await secondsOf(cpu, () => Promise.resolve(openBare(BARE_ROUNDS)));
	await Promise.all([maker, sealer, opener].map((vault) => vault.close()));
	return {
		'seal.contacts_sealed_per_s_core': CONTACTS / sealing,
		'seal.contacts_opened_per_s_core': CONTACTS / opening,
		'seal.contacts_opened_warm_per_s_core': (CONTACTS * WARM_ROUNDS) / warm,
		'seal.bare_aes_gcm_per_s_core': BARE_ROUNDS / bare
	};
}

async function sealAll(vault: Vault, ids: number[], sealed: Map<number, Buffer>): Promise<void> {
	await inBatches(ids, async (batch) => {
		const keys = await vault.keysToSeal(batch);
		for (const id of batch) sealed.set(id, sealJson(keys.get(id), at(id), value));
	});
}

async function openAll(vault: Vault, ids: number[], sealed: ReadonlyMap<number, Buffer>): Promise<void> {
	await inBatches(ids, async (batch) => {
		const keys = await vault.keysToOpen(batch);
		for (const id of batch) openJson(keys.get(id), at(id), sealed.get(id) ?? Buffer.alloc(0));
	});
}

async function inBatches(ids: number[], work: (batch: number[]) => Promise<void>): Promise<void> {
	for (let first = 0; first < ids.length; first += BATCH) await work(ids.slice(first, first + BATCH));
}

// What no format can pass: one decryption of as many bytes with a key at hand, and its JSON.
function openBare(rounds: number): void {
	const key = createSecretKey(randomBytes(32));
	const iv = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', key, iv);
	const body = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
	const tag = cipher.getAuthTag();
	for (let round = 0; round < rounds; round++) {
		const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAuthTag(tag);
		JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString());
	}
}

function warmUp(): void {
	openBare(50_000);
}

async function secondsOf(cpu: () => number, work: () => Promise<void>): Promise<number> {
	const from = cpu();
	await work();
	return cpu() - from;
}

function cpuSeconds(database: BenchDatabase): number {
	const { user, system } = process.cpuUsage();
	return (user + system + database.cpuMicros()) / 1e6;
}
