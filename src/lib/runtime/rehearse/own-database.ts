/** A database for one rehearsal: on the server that is given, else on a PostgreSQL of its own in a temporary folder. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import type { Trace } from '$lib/journey/rehearse/trace.ts';
import { openPool } from '$lib/server/db/db.ts';
import { startEmbeddedPostgres } from '$lib/server/db/embedded-postgres.ts';
import { migrate } from '$lib/server/db/migrate.ts';
import { LocalKeyRing } from '$lib/server/seal/key-ring.ts';
import { openVault } from '$lib/server/seal/vault.ts';
import { openLog } from './product.ts';
import { rehearseOnPostgres } from './rehearse.ts';

export interface Servers {
	/** The address of a database whose server may be used; nothing in that database is read or changed. */
	databaseUrl: string | undefined;
	/** Folder of the SQL migrations. */
	migrations: string;
}

/** Plays a scenario in a database that is made for it, and gone afterwards. */
export async function rehearseInOwnDatabase(scenario: Scenario, servers: Servers): Promise<Trace> {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-rehearsal-'));
	// PostgreSQL may run as another user than root, and must get through.
	chmodSync(folder, 0o755);
	try {
		const log = openLog(folder);
		const play = (url: string) => playAt(url, scenario, { folder, log, migrations: servers.migrations });
		return await (servers.databaseUrl ? onServer(servers.databaseUrl, play) : onOwnServer(folder, play));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function onOwnServer<T>(folder: string, work: (url: string) => Promise<T>): Promise<T> {
	const postgres = await startEmbeddedPostgres({
		dataFolder: join(folder, 'pg'),
		logFile: join(folder, 'postgres.log'),
		durable: false
	});
	try {
		return await work(postgres.url('postgres'));
	} finally {
		await postgres.stop();
	}
}

async function onServer<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
	const admin = new pg.Client({ connectionString: url });
	await admin.connect();
	try {
		const name = `stepwell_rehearsal_${randomBytes(6).toString('hex')}`;
		await admin.query(`create database ${name} template template0`);
		try {
			return await work(withDatabase(url, name));
		} finally {
			await admin.query(`drop database ${name} with (force)`);
		}
	} finally {
		await admin.end();
	}
}

// By hand: an address of a unix socket (`postgres://user@/name?host=`) is no URL to `URL`.
function withDatabase(url: string, name: string): string {
	const [address = '', ...options] = url.split('?');
	const server = address.replace(/^([a-z]+:\/\/[^/]*).*$/i, '$1');
	return [`${server}/${name}`, ...options].join('?');
}

interface Folders {
	folder: string;
	log: Logger;
	migrations: string;
}

async function playAt(url: string, scenario: Scenario, { folder, log, migrations }: Folders): Promise<Trace> {
	const pool = openPool(url, 5);
	try {
		await migrate(pool, migrations);
		// Keys that nobody keeps: nothing outlives the rehearsal.
		const key = { id: 'rehearsal', bytes: randomBytes(32) };
		const vault = await openVault({ pool, provider: new LocalKeyRing('', [key], randomBytes(32)) });
		try {
			return await rehearseOnPostgres(scenario, { pool, vault, log, dataFolder: folder });
		} finally {
			await vault.close();
		}
	} finally {
		await pool.end();
	}
}
