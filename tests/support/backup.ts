/** An installation to be backed up: a database with rows of every kind, and a data folder with the keys that open them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { openCheckpoints, checkpointAudit } from '../../src/lib/server/audit/checkpoints.ts';
import { makeBackup, type Backup } from '../../src/lib/server/backup/backup.ts';
import { listTables } from '../../src/lib/server/backup/catalogue.ts';
import { gatherKeys, writeKeysFile } from '../../src/lib/server/backup/keys-file.ts';
import { measureTable } from '../../src/lib/server/backup/load.ts';
import { inSnapshot } from '../../src/lib/server/backup/snapshot.ts';
import { Spool } from '../../src/lib/server/ingest/spool.ts';
import { sealMail } from '../../src/lib/server/people/caught.ts';
import { contextOf } from '../../src/lib/server/seal/data-keys.ts';
import { openKeyRing, type LocalKeyRing } from '../../src/lib/server/seal/key-ring.ts';
import { openVault } from '../../src/lib/server/seal/vault.ts';
import { append } from './audit-log.ts';
import { createEmptyDatabase, type TestDatabase } from './database.ts';
import { Clinic, draw, email } from './journey.ts';
import { allContacts, allEvents, caughtHeads } from './people.ts';
import { testRing } from './vault.ts';

export const PASSPHRASE = 'correct horse battery staple';
/** Stands in every sealed place of the clinic, and must stand nowhere else. */
export const CANARY = 'Kanarienvogel-4711';
/** Everything that COPY, arrays and JSON write in a way of their own. */
export const HARD_TEXT =
	'tab\t line\n return\r back\\slash \\N "quoted" {braces}, NULL null \u2028 é 漢字 \u{1F600}\ufeff';
export const SECRET = '07'.repeat(32);

export class Installation {
	readonly folder = mkdtempSync(join(tmpdir(), 'stepwell-backup-'));
	readonly data = join(this.folder, 'data');
	readonly clinic: Clinic;
	readonly ring: LocalKeyRing;

	private constructor(clinic: Clinic) {
		this.clinic = clinic;
		openCheckpoints(this.data);
		writeFileSync(join(this.data, 'secret.key'), SECRET, { mode: 0o600 });
		this.ring = openKeyRing({
			dataFolder: this.data,
			given: undefined,
			appSecret: Buffer.from(SECRET, 'hex')
		});
	}

	static async open(): Promise<Installation> {
		const installation = new Installation(await Clinic.open());
		await moveKeysTo(installation.pool, installation.ring);
		await installation.fill();
		return installation;
	}

	get pool(): pg.Pool {
		return this.clinic.pool;
	}

	/** A path in this test's own folder. */
	path(name: string): string {
		return join(this.folder, name);
	}

	backUp(name: string): Promise<Backup> {
		const { pool, data } = this;
		return makeBackup({ pool, dataFolder: data, target: this.path(name), product: 'test', tell() {} });
	}

	/** A backup with its keys, as the command makes it. */
	async backUpWithKeys(name: string): Promise<Backup> {
		const backup = await this.backUp(name);
		const { id, manifest, shredded } = backup;
		const keys = { ...gatherKeys(this.data, {}), backup: { id, manifest }, shredded };
		writeKeysFile(this.path(`${name}.keys`), keys, PASSPHRASE);
		return backup;
	}

	async close(): Promise<void> {
		await this.clinic.close();
		rmSync(this.folder, { recursive: true, force: true });
	}

	private async fill(): Promise<void> {
		const { clinic, pool } = this;
		await clinic.attribute('diagnosis', 'text', true);
		await clinic.crowd(25, () => ({
			name: `${CANARY} ${HARD_TEXT}`,
			attributes: { firstName: 'Pat', diagnosis: CANARY }
		}));
		await clinic.publish(
			'visits',
			draw(
				{
					start: ['trigger.transactional', { event: 'visited' }],
					mail: email(),
					wait: ['wait.event', { event: 'answered', timeout: 'P3D' }],
					end: ['exit', { reason: 'done' }]
				},
				['start -> mail', 'mail -> wait', 'wait.happened -> end', 'wait.timeout -> end']
			)
		);
		await clinic.tell(['p1', 'p2', 'p3'], 'visited', { properties: { why: CANARY }, key: 'k' });
		await clinic.settle();
		await pool.query('insert into settings (key, value) values ($1, $2)', [
			'hard',
			JSON.stringify(HARD_TEXT)
		]);
		await this.catchMail();
		await append(pool, 6);
		await checkpointAudit(pool, openCheckpoints(this.data), clinic.clock.now());
		await pool.query(`select graphile_worker.add_job('plan-contacts', '{"version":1,"contactIds":[1]}')`);
		await pool.query(`select graphile_worker.add_job('pump', job_key => 'pump')`);
		const spool = new Spool(this.data, clinic.database.vault);
		spool.append([
			{ intake: { source: CANARY, receivedAt: 0, events: [], many: false, once: null }, xid: null }
		]);
		spool.close();
	}

	private async catchMail(): Promise<void> {
		const head = { from: 'a@x.test', to: ['b@x.test'], subject: CANARY };
		const { vault } = this.clinic.database;
		const { rows } = await this.pool.query<{ id: number }>(
			`select nextval(pg_get_serial_sequence('caught_mails', 'id'))::int as id`
		);
		const id = rows[0]?.id ?? 0;
		const mail = await sealMail(vault, id, null, { head, raw: Buffer.from(CANARY) });
		await this.pool.query(
			`insert into caught_mails (id, caught_at, head, sealed) overriding system value values ($1, now(), $2, $3)`,
			[id, mail.head, mail.sealed]
		);
	}
}

/** The clinic's vault is of the tests' ring; from here on the data folder's opens the same rows. */
async function moveKeysTo(pool: pg.Pool, ring: LocalKeyRing): Promise<void> {
	const { rows } = await pool.query<{ id: number; wrapped: Buffer; kek_id: string }>(
		'select * from data_keys'
	);
	for (const { id, wrapped, kek_id: kek } of rows) {
		const anew = await ring.wrap(await testRing().unwrap(kek, wrapped, contextOf(id)), contextOf(id));
		await pool.query('update data_keys set wrapped = $2, kek_id = $3 where id = $1', [
			id,
			anew.wrapped,
			anew.keyId
		]);
	}
}

/** Somewhere to restore to: an empty database and an empty folder. */
export class Elsewhere {
	readonly data = mkdtempSync(join(tmpdir(), 'stepwell-elsewhere-'));
	readonly database: Omit<TestDatabase, 'vault'>;

	private constructor(database: Omit<TestDatabase, 'vault'>) {
		this.database = database;
	}

	static async open(): Promise<Elsewhere> {
		return new Elsewhere(await createEmptyDatabase());
	}

	get pool(): pg.Pool {
		return this.database.pool;
	}

	async close(): Promise<void> {
		await this.database.drop();
		rmSync(this.data, { recursive: true, force: true });
	}

	/** How many tables there are, of ours or the queue's. */
	async tables(): Promise<number> {
		const { rows } = await this.pool.query<{ n: number }>(
			`select count(*)::int as n from pg_class c join pg_namespace n on n.oid = c.relnamespace
			 where c.relkind in ('r', 'p') and n.nspname in ('public', 'drizzle', 'graphile_worker')`
		);
		return rows[0]?.n ?? 0;
	}
}

/** Rows and digest of every table, by name. */
export function measureAll(pool: pg.Pool): Promise<Record<string, { rows: number; digest: string }>> {
	return inSnapshot(pool, async (tx) => {
		const measures: Record<string, { rows: number; digest: string }> = {};
		for (const table of await listTables(tx)) measures[table.name] = await measureTable(tx, table);
		return measures;
	});
}

/** Everything about people, opened with the keys of `dataFolder`. */
export async function readPeople(pool: pg.Pool, dataFolder: string) {
	const secret = Buffer.from(readFileSync(join(dataFolder, 'secret.key'), 'utf8'), 'hex');
	const vault = await openVault({
		pool,
		provider: openKeyRing({ dataFolder, given: undefined, appSecret: secret })
	});
	try {
		const store = { pool, vault };
		return {
			contacts: await allContacts(store),
			events: await allEvents(store),
			mails: await caughtHeads(store)
		};
	} finally {
		await vault.close();
	}
}
