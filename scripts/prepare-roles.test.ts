import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { prepare, readHelperAddress } from './prepare.ts';

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'stepwell-roles-'));
	for (const name of ['DATABASE_URL', 'STEPWELL_KEYS', 'STEPWELL_SECRET', 'PUBLIC_URL', 'STEPWELL_ROLE'])
		vi.stubEnv(name, '');
	vi.stubEnv('STEPWELL_DATA', folder);
});
afterEach(() => {
	vi.unstubAllEnvs();
	expect(readdirSync(folder), 'a refused start leaves nothing behind').toEqual([]);
	rmSync(folder, { recursive: true });
});

const start = (role: string) => prepare({ role, onSlow: () => {} });

test('a role that does not exist is told with those that do', async () => {
	await expect(start('cook')).rejects.toThrow('one of all, web, worker, sender, not "cook"');
});

test.each(['web', 'worker', 'sender'])('a %s needs a database to share', async (role) => {
	vi.stubEnv('PUBLIC_URL', 'https://clinic.example');
	await expect(start(role)).rejects.toThrow('set DATABASE_URL');
});

test('a worker needs the keys and the secret of the pages, and makes none', async () => {
	vi.stubEnv('DATABASE_URL', 'postgres://localhost/stepwell');
	await expect(start('worker')).rejects.toThrow(/same keys and secret .*STEPWELL_KEYS.*STEPWELL_SECRET/);
});

test('a sender needs the address that its links have', async () => {
	vi.stubEnv('DATABASE_URL', 'postgres://localhost/stepwell');
	await expect(start('sender')).rejects.toThrow('set PUBLIC_URL');
});

test('a worker answers about its health only where a port says so', () => {
	expect(readHelperAddress('worker', {}).port).toBe(null);
	expect(readHelperAddress('worker', { STEPWELL_HEALTH_PORT: '9100' }).port).toBe(9100);
	expect(() => readHelperAddress('worker', { STEPWELL_HEALTH_PORT: 'x' })).toThrow('from 1 to 65535');
});
