import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { describeAuditProtection, findAuditProtection } from '../../src/lib/server/audit/protection.ts';
import { purgeAudit } from '../../src/lib/server/audit/purge.ts';
import { inTransaction, openPool } from '../../src/lib/server/db/db.ts';
import { migrate } from '../../src/lib/server/db/migrate.ts';
import { append, exportLines, freshCheckpoints, NOON, verdictOn } from '../support/audit-log.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
	database = await cloneDatabase();
	await append(database.pool, 3);
});
afterAll(() => database.drop());

const attacks = [
	['update', `update audit_log set actor_id = '8'`],
	['update of nothing', 'update audit_log set id = id where false'],
	['delete', 'delete from audit_log where id = 3'],
	['truncate', 'truncate audit_log']
] as const;

test.each(attacks)('the triggers refuse to %s, even for a superuser', async (_, statement) => {
	await expect(database.pool.query(statement)).rejects.toThrow('The audit log can only be added to.');
	expect(await exportLines(database.pool)).toHaveLength(3);
});

test('the triggers hold in a session that plays a replica', async () => {
	const playing = inTransaction(database.pool, async (tx) => {
		await tx.query('set local session_replication_role = replica');
		await tx.query('delete from audit_log');
	});
	await expect(playing).rejects.toThrow('The audit log can only be added to.');
});

test('who pretends to be the purge can’t delete what is young either', async () => {
	const pretending = inTransaction(database.pool, async (tx) => {
		await tx.query('set local stepwell.audit_purge = on');
		await tx.query('delete from audit_log where id = 3');
	});
	await expect(pretending).rejects.toThrow('older than six years');
});

test('a superuser is told that the database guards nothing against it', async () => {
	const protection = await findAuditProtection(database.pool);
	expect(protection).toBe('superuser');
	expect(describeAuditProtection(protection)).toMatch(/superuser/);
});

/** A database of a user with `rights`, migrated by that user alone. */
async function databaseOf(rights: string) {
	const admin = new pg.Client({ connectionString: inject('clusterUrl') });
	await admin.connect();
	const user = `app_${randomBytes(6).toString('hex')}`;
	await admin.query(`create role ${user} login ${rights}`);
	await admin.query(`create database ${user} owner ${user}`);
	const cluster = new URL(inject('clusterUrl').replace('@/', '@unix/'));
	const pool = openPool(`postgres://${user}@/${user}${cluster.search}`, 4);
	await migrate(pool, 'drizzle');
	const asAdmin = async (statement: string) => {
		const client = new pg.Client({ connectionString: `postgres://stepwell@/${user}${cluster.search}` });
		await client.connect();
		await client.query(statement).finally(() => client.end());
	};
	return {
		pool,
		user,
		asAdmin,
		async drop() {
			await pool.end();
			await admin.query(`drop database ${user} with (force)`);
			await admin.end();
		}
	};
}

test('where the user may create roles, another role owns the log, and ours can add, read and purge, no more', async () => {
	const own = await databaseOf('createrole');
	const fresh = freshCheckpoints();
	try {
		expect(await findAuditProtection(own.pool)).toBe('role');
		expect(describeAuditProtection('role')).toBeNull();
		await append(own.pool, 2, Date.UTC(2015, 0, 1));
		await append(own.pool, 3);
		for (const [, statement] of attacks)
			await expect(own.pool.query(statement)).rejects.toThrow(/permission denied/);
		for (const statement of [
			'alter table audit_log disable trigger all',
			'drop trigger audit_log_refuse_change on audit_log',
			'alter table audit_log owner to current_user'
		])
			await expect(own.pool.query(statement)).rejects.toThrow(/must be owner/);
		await expect(
			own.pool.query(
				`create or replace function refuse_audit_change() returns trigger language plpgsql as 'begin return null; end'`
			)
		).rejects.toThrow(/must be owner/);
		await expect(
			own.pool.query(
				`select set_config('role', (select relowner::regrole::text from pg_class where relname = 'audit_log'), false)`
			)
		).rejects.toThrow(/permission denied/);
		const purged = await inTransaction(own.pool, (tx) =>
			purgeAudit(
				tx,
				Date.UTC(2016, 0, 1),
				{ actor: { kind: 'system', id: 'tidy' }, at: NOON },
				fresh.checkpoints
			)
		);
		expect(purged).toBe(2);
		expect(await verdictOn(own.pool, fresh.checkpoints)).toMatchObject({
			verified: { count: 4, first: { id: 3 } }
		});
		expect(await own.pool.query('select protect_audit_log() as done')).toMatchObject({
			rows: [{ done: true }]
		});
		expect(await findAuditProtection(own.pool)).toBe('role');
	} finally {
		fresh.drop();
		await own.drop();
	}
});

test('where it may not, the triggers alone hold, a note says so, and an administrator can make it better', async () => {
	const own = await databaseOf('nocreaterole');
	try {
		const protection = await findAuditProtection(own.pool);
		expect(protection).toBe('triggers');
		expect(describeAuditProtection(protection)).toMatch(/select protect_audit_log/);
		await append(own.pool, 3);
		for (const [, statement] of attacks)
			await expect(own.pool.query(statement)).rejects.toThrow('The audit log can only be added to.');
		await own.asAdmin(`select protect_audit_log('${own.user}')`);
		expect(await findAuditProtection(own.pool)).toBe('role');
		await append(own.pool, 3);
		await expect(own.pool.query('delete from audit_log')).rejects.toThrow(/permission denied/);
		expect(await verdictOn(own.pool)).toMatchObject({ verified: { count: 6 } });
	} finally {
		await own.drop();
	}
});

test('triggers that somebody switched off are noticed', async () => {
	const own = await databaseOf('nocreaterole');
	try {
		await own.pool.query('alter table audit_log disable trigger audit_log_refuse_change');
		const protection = await findAuditProtection(own.pool);
		expect(protection).toBe('none');
		expect(describeAuditProtection(protection)).toMatch(/switched off/);
	} finally {
		await own.drop();
	}
});
