/** One PostgreSQL for a whole test run, with the migrated template that each test file clones. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openPool } from '../../src/lib/server/db/db.ts';
import { startEmbeddedPostgres } from '../../src/lib/server/db/embedded-postgres.ts';
import { migrate } from '../../src/lib/server/db/migrate.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** Connection string of the cluster's `postgres` database. */
		clusterUrl: string;
	}
}

export const TEMPLATE = 'stepwell_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-test-'));
	chmodSync(folder, 0o755);
	const postgres = await startEmbeddedPostgres({
		dataFolder: join(folder, 'pg'),
		logFile: join(folder, 'postgres.log'),
		durable: false
	});
	const admin = openPool(postgres.url('postgres'), 1);
	await admin.query(`create database ${TEMPLATE}`);
	await admin.end();
	const template = openPool(postgres.url(TEMPLATE), 3);
	await migrate(template, 'drizzle');
	await template.end();
	project.provide('clusterUrl', postgres.url('postgres'));
	return async () => {
		await postgres.stop();
		rmSync(folder, { recursive: true, force: true });
	};
}
