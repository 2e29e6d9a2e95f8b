/** The product's own database, seen as the role that the product works as. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAuditProtection } from '../../src/lib/server/audit/protection.ts';
import { recordAudit } from '../../src/lib/server/audit/record.ts';
import { APP_ROLE, prepareAppRole, protectAuditLog } from '../../src/lib/server/db/app-role.ts';
import { inTransaction, openPool } from '../../src/lib/server/db/db.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lib/server/db/embedded-postgres.ts';
import { migrate } from '../../src/lib/server/db/migrate.ts';

let folder: string;
let postgres: EmbeddedPostgres;
beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'stepwell-test-role-'));
	chmodSync(folder, 0o755);
	postgres = await startEmbeddedPostgres({
		dataFolder: join(folder, 'pg'),
		logFile: join(folder, 'postgres.log'),
		durable: false
	});
});
afterAll(async () => {
	await postgres.stop();
	rmSync(folder, { recursive: true, force: true });
});

async function asApp<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T> {
	const pool = openPool(postgres.url('stepwell', APP_ROLE), 3);
	try {
		return await work(pool);
	} finally {
		await pool.end();
	}
}

const entry = { at: 1, actor: { kind: 'system' as const, id: 'test' }, action: 'test.done' };

async function expectGuarded(pool: pg.Pool): Promise<void> {
	expect(await findAuditProtection(pool)).toBe('role');
	await inTransaction(pool, (tx) => recordAudit(tx, [entry]));
	for (const change of [
		'update audit_log set action = $1',
		'delete from audit_log where action <> $1',
		'alter table audit_log disable trigger all'
	])
		await expect(pool.query(change, change.includes('$1') ? ['x'] : []), change).rejects.toMatchObject({
			code: '42501'
		});
	await expect(pool.query('truncate audit_log')).rejects.toMatchObject({ code: '42501' });
}

test('a new one is migrated by the role, which can add to the audit log and change nothing in it', async () => {
	await prepareAppRole(postgres.url);
	await asApp((pool) => migrate(pool, 'drizzle'));
	await protectAuditLog(postgres.url);
	await asApp(expectGuarded);
});

test('one that an older Stepwell made as superuser is handed over, and comes out the same', async () => {
	await asSuperuser('postgres', async (pool) => {
		await pool.query('drop database stepwell');
		await pool.query('create database stepwell');
	});
	await asSuperuser('stepwell', (pool) => migrate(pool, 'drizzle'));
	await prepareAppRole(postgres.url);
	await protectAuditLog(postgres.url);
	await asApp(async (pool) => {
		await migrate(pool, 'drizzle');
		await expectGuarded(pool);
		await pool.query('alter table contacts add column anything text');
		await pool.query(`select graphile_worker.add_job('pump')`);
		await pool.query(`select ensure_partitions('events', now() + interval '2 years', 1)`);
	});
	await prepareAppRole(postgres.url);
});

async function asSuperuser(database: string, work: (pool: pg.Pool) => Promise<unknown>): Promise<void> {
	const pool = openPool(postgres.url(database), 3);
	await work(pool).finally(() => pool.end());
}
