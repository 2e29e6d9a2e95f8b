/**
 * The real PostgreSQL that comes with Stepwell: one cluster in `.data/postgres`, reached by a private unix socket,
 * started and stopped with the product. Its binaries come from npm; the supervision is ours, since the package's own
 * class runs with fsync off and can't drop root.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	chmodSync,
	chownSync,
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	readdirSync,
	readlinkSync,
	realpathSync,
	rmSync,
	statSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findPostgresHome, POSTGRES_MAJOR, type PostgresHome, type SystemUser } from './postgres-binaries.ts';
import { diskSentence, StartError } from './start-error.ts';

export interface EmbeddedPostgres {
	/** Connection string of `database` on this cluster, as its superuser unless another role is given. */
	url(database: string, role?: string): string;
	/** Ends sessions, writes a checkpoint, and waits until the server is gone. */
	stop(): Promise<void>;
	/** Settles when the server ended by itself. */
	ended: Promise<void>;
	/** Where the data really is; elsewhere than asked when root's helper user can't reach the project. */
	dataFolder: string;
}

export interface EmbeddedOptions {
	/** The cluster's folder; made when missing. */
	dataFolder: string;
	logFile: string;
	/** Off only for tests, whose data nobody needs after a crash. */
	durable: boolean;
	/** The npm packages that carry another PostgreSQL, without the platform's name: for tests of an older one. */
	packages?: string;
	/** Told when something slow begins. */
	onSlow?(what: string): void;
}

const READY_WITHIN_MS = 60_000;
const SUPERUSER = 'stepwell';

export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
	const home = prepareHome(options);
	refuseOtherMajor(home.data);
	if (!existsSync(join(home.data, 'PG_VERSION'))) {
		options.onSlow?.('Making the database (once, a few seconds)');
		makeCluster(home, options.durable);
	}
	const socket = socketFolder(home);
	await endOrphan(home.data, socket);
	try {
		return await launch(home, socket, options);
	} catch (error) {
		// The first start right after a kill can meet the dead server's postmaster.pid and shared memory; the second does not.
		if (error instanceof StartError) throw error;
		return await launch(home, socket, options);
	}
}

function prepareHome({ dataFolder, packages }: EmbeddedOptions): PostgresHome {
	const home = findPostgresHome(dataFolder, packages);
	try {
		mkdirSync(home.data, { recursive: true, mode: 0o700 });
		own(home.data, home.user);
	} catch (error) {
		throw new StartError(
			diskSentence(error, home.data) ?? `Can't make ${home.data}: ${(error as Error).message}`,
			{ cause: error }
		);
	}
	return home;
}

function own(path: string, user: SystemUser | null): void {
	chmodSync(path, 0o700);
	if (user && statSync(path).uid !== user.uid) chownSync(path, user.uid, user.gid);
}

function refuseOtherMajor(data: string): void {
	const file = join(data, 'PG_VERSION');
	if (!existsSync(file)) {
		const strangers = readdirSync(data);
		if (strangers.length)
			throw new StartError(
				`${data} holds files but no PostgreSQL database. Move them away, then start again.`
			);
		return;
	}
	const major = readFileSync(file, 'utf8').trim();
	if (major === POSTGRES_MAJOR) return;
	const newer = Number(major) > Number(POSTGRES_MAJOR);
	throw new StartError(
		`The data in ${data} was written by PostgreSQL ${major}; this Stepwell carries ${POSTGRES_MAJOR}. ` +
			(newer ? 'Install the newer Stepwell that made it.' : 'Dump it with that version and restore it here.')
	);
}

function makeCluster(home: PostgresHome, durable: boolean): void {
	const args = [
		'-D',
		home.data,
		'-U',
		SUPERUSER,
		'-A',
		'trust',
		'-E',
		'UTF8',
		'--locale=C.UTF-8',
		'--data-checksums'
	];
	if (!durable) args.push('--no-sync');
	const made = spawnSync(join(home.native, 'bin', 'initdb'), args, { ...asUser(home), encoding: 'utf8' });
	if (made.status === 0) return;
	const said = `${made.stderr ?? ''}${made.error?.message ?? ''}`;
	throw new StartError(
		diskSentence(new Error(said), home.data) ?? `PostgreSQL could not make its data folder: ${said.trim()}`
	);
}

function asUser(home: PostgresHome) {
	const identity = home.user ? { uid: home.user.uid, gid: home.user.gid } : {};
	return { ...identity, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' } };
}

// A unix socket's path has at most 107 bytes, which a project's folder may exceed; the temporary folder is short.
function socketFolder(home: PostgresHome): string {
	const mark = createHash('sha256').update(home.data).digest('hex').slice(0, 12);
	const folder = join(tmpdir(), `stepwell-${process.getuid?.() ?? 0}-${mark}`);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	own(folder, home.user);
	return folder;
}

// After a SIGKILL of Stepwell its PostgreSQL lives on. The start lock says that nobody else uses it.
async function endOrphan(data: string, socket: string): Promise<void> {
	const file = join(data, 'postmaster.pid');
	const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
	if (isPostgresOn(pid, data)) process.kill(pid, 'SIGINT');
	const isInUse = () => isPostgresOn(pid, data) || isWorkedIn(data);
	for (let waited = 0; waited < 20_000 && isInUse(); waited += 50) await sleep(50);
	if (!existsSync('/proc/self/cwd') || isInUse()) return;
	// PostgreSQL would take whoever has that number now for the server that is gone: a zombie, or anybody after a power cut.
	for (const lock of [file, join(socket, '.s.PGSQL.5432.lock')]) rmSync(lock, { force: true });
}

/** Whether a process has `data` as its working folder, as every process of a PostgreSQL does. Seen on Linux only. */
function isWorkedIn(data: string): boolean {
	if (!existsSync('/proc/self/cwd')) return false;
	const folder = realpathSync(data);
	return readdirSync('/proc').some((name) => /^\d+$/.test(name) && workingFolderOf(name) === folder);
}

function workingFolderOf(pid: string): string | null {
	try {
		return readlinkSync(`/proc/${pid}/cwd`);
	} catch {
		return null; // Gone meanwhile, a zombie, or another user's, which our PostgreSQL is not.
	}
}

function isPostgresOn(pid: number, data: string): boolean {
	if (!pid) return false;
	const commandLine = `/proc/${pid}/cmdline`;
	if (existsSync('/proc/self/cmdline'))
		return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(data);
	const listed = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
	return listed.status === 0 && listed.stdout.includes(data);
}

async function launch(
	home: PostgresHome,
	socket: string,
	options: EmbeddedOptions
): Promise<EmbeddedPostgres> {
	const server = spawnServer(home, socket, options);
	let alive = true;
	const ended = new Promise<void>((resolve) => {
		const settle = () => {
			alive = false;
			resolve();
		};
		server.once('exit', settle);
		server.once('error', settle);
	});
	const url = (database: string, role = SUPERUSER) =>
		`postgres://${role}@/${database}?host=${encodeURIComponent(socket)}`;
	await untilReady(url('postgres'), () => alive, options.logFile, home.data);
	const stop = async () => {
		if (alive) server.kill('SIGINT');
		await ended;
	};
	return { url, stop, ended, dataFolder: home.data };
}

function spawnServer(home: PostgresHome, socket: string, options: EmbeddedOptions): ChildProcess {
	const settings: Record<string, string> = {
		listen_addresses: '',
		unix_socket_directories: socket,
		unix_socket_permissions: '0700',
		max_connections: '80',
		shared_buffers: '256MB',
		max_wal_size: '2GB',
		wal_compression: 'on',
		jit: 'off',
		timezone: 'UTC',
		log_timezone: 'UTC',
		// Parameters hold people's data; the log must not.
		log_parameter_max_length_on_error: '0',
		log_min_error_statement: 'panic',
		log_error_verbosity: 'terse',
		...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' })
	};
	const args = [
		'-D',
		home.data,
		...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
	];
	const log = openSync(options.logFile, 'a', 0o600);
	// In a session of its own: Ctrl-C in the terminal must reach Stepwell first, which then stops the database last.
	const server = spawn(join(home.native, 'bin', 'postgres'), args, {
		...asUser(home),
		detached: true,
		stdio: ['ignore', log, log]
	});
	closeSync(log);
	return server;
}

async function untilReady(url: string, isAlive: () => boolean, logFile: string, data: string): Promise<void> {
	for (let waited = 0; waited < READY_WITHIN_MS; waited += 40) {
		if (!isAlive()) throw endedEarly(logFile, data);
		if (await answers(url)) return;
		await sleep(40);
	}
	throw new StartError(`PostgreSQL did not answer within a minute. Its log: ${logFile}`);
}

async function answers(url: string): Promise<boolean> {
	const client = new pg.Client({ connectionString: url });
	try {
		await client.connect();
		await client.end();
		return true;
	} catch {
		return false; // Still starting: it refuses, or the socket is not there yet. The caller gives up after a minute.
	}
}

function endedEarly(logFile: string, data: string): Error {
	const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-8);
	const known = diskSentence(new Error(lines.join('\n')), data);
	if (known) return new StartError(known);
	return new Error(`PostgreSQL ended while starting. The end of ${logFile}:\n  ${lines.join('\n  ')}`);
}
