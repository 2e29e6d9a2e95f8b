/**
 * The installation that a command works on: its data folder, and its database whether the product runs or not. While it runs, the
 * embedded database is reached beside it; while it does not, the command starts that database and holds the folder's lock.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { openPool } from '../db/db.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../db/embedded-postgres.ts';
import { findPostgresHome } from '../db/postgres-binaries.ts';
import { diskSentence, StartError } from '../db/start-error.ts';

export interface Installation {
	dataFolder: string;
	pool: pg.Pool;
	/** Whether the product, or another command, is at work on it. */
	isRunning: boolean;
	close(): Promise<void>;
}

const CONNECTIONS = 4;
const DATABASE = 'stepwell';

/** Opens what is there. Throws a StartError when nothing is. */
export async function openInstallation(env: NodeJS.ProcessEnv): Promise<Installation> {
	const dataFolder = folderOf(env);
	if (!existsSync(dataFolder))
		throw new StartError(`There is no ${dataFolder}: Stepwell was never started here.`);
	const isRunning = isHeld(dataFolder);
	if (env.DATABASE_URL) return overUrl(dataFolder, env.DATABASE_URL, isRunning);
	if (isRunning) return overUrl(dataFolder, runningUrl(dataFolder), true);
	if (!existsSync(join(clusterOf(dataFolder), 'PG_VERSION')))
		throw new StartError(
			`There is no database in ${dataFolder}. Name its folder with STEPWELL_DATA, or set DATABASE_URL.`
		);
	return startHere(dataFolder);
}

/** Opens a place for a workspace, making folder and database where they are missing; what it made goes when `work` throws. */
export async function inNewInstallation<T>(
	env: NodeJS.ProcessEnv,
	work: (installation: Installation) => Promise<T>
): Promise<T> {
	const dataFolder = folderOf(env);
	makeFolder(dataFolder);
	if (isHeld(dataFolder))
		throw new StartError('Stepwell is running here. Stop it first; then this can begin.');
	const cluster = clusterOf(dataFolder);
	const isNew = !env.DATABASE_URL && !existsSync(cluster);
	const installation = env.DATABASE_URL
		? overUrl(dataFolder, env.DATABASE_URL, false)
		: await startHere(dataFolder);
	let done = false;
	try {
		const result = await work(installation);
		done = true;
		return result;
	} finally {
		await installation.close();
		if (isNew && !done) rmSync(cluster, { recursive: true, force: true });
	}
}

function folderOf(env: NodeJS.ProcessEnv): string {
	return resolve(env.STEPWELL_DATA || '.data');
}

function clusterOf(dataFolder: string): string {
	return findPostgresHome(join(dataFolder, 'postgres')).data;
}

function makeFolder(folder: string): void {
	try {
		mkdirSync(folder, { recursive: true, mode: 0o711 });
	} catch (error) {
		throw new StartError(diskSentence(error, folder) ?? `Can't make ${folder}.`, { cause: error });
	}
}

function overUrl(dataFolder: string, url: string, isRunning: boolean): Installation {
	const pool = openPool(url, CONNECTIONS);
	return { dataFolder, pool, isRunning, close: () => pool.end() };
}

async function startHere(dataFolder: string): Promise<Installation> {
	const unlock = hold(dataFolder);
	let postgres: EmbeddedPostgres | undefined;
	try {
		postgres = await startEmbeddedPostgres({
			dataFolder: join(dataFolder, 'postgres'),
			logFile: join(dataFolder, 'postgres.log'),
			durable: true
		});
		await makeDatabase(postgres.url('postgres'));
	} catch (error) {
		await postgres?.stop();
		unlock();
		throw error;
	}
	const { stop } = postgres;
	const pool = openPool(postgres.url(DATABASE), CONNECTIONS);
	const close = async () => {
		await pool.end();
		await stop();
		unlock();
	};
	return { dataFolder, pool, isRunning: false, close };
}

async function makeDatabase(adminUrl: string): Promise<void> {
	const client = new pg.Client({ connectionString: adminUrl });
	await client.connect();
	try {
		const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
		if (!rowCount) await client.query(`create database ${DATABASE}`);
	} finally {
		await client.end();
	}
}

/** The address of the embedded database of a running product: its server wrote down port and socket (postmaster.pid, lines 4 and 5). */
function runningUrl(dataFolder: string): string {
	const file = join(clusterOf(dataFolder), 'postmaster.pid');
	const [, , , port, socket] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
	if (!port || !socket)
		throw new StartError('Stepwell is starting or stopping just now. Try again in a few seconds.');
	return `postgres://stepwell@/${DATABASE}?host=${encodeURIComponent(socket)}&port=${port}`;
}

const lockOf = (dataFolder: string) => join(dataFolder, 'running.json');

/** Whether a living process holds the folder, as `npm start` does. */
function isHeld(dataFolder: string): boolean {
	try {
		const { pid } = JSON.parse(readFileSync(lockOf(dataFolder), 'utf8')) as { pid: number };
		return process.kill(pid, 0);
	} catch (error) {
		// No file, or one that a killed process left; another user's process is alive all the same.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

function hold(dataFolder: string): () => void {
	const file = lockOf(dataFolder);
	if (!isHeld(dataFolder)) rmSync(file, { force: true });
	try {
		const mine = JSON.stringify({
			pid: process.pid,
			url: 'a backup, a restore or another command; wait for its end'
		});
		writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST')
			throw new StartError('Stepwell was started here this moment. Try again.', { cause: error });
		throw new StartError(diskSentence(error, dataFolder) ?? `Can't write ${file}.`, { cause: error });
	}
	return () => rmSync(file, { force: true });
}
