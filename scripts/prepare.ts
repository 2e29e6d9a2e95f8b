// Everything that must hold before the product can start: the folder, the lock, the port, the address, the database.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { roles, type ProcessRole } from '../src/lib/server/app.ts';
import { APP_ROLE, prepareAppRole, protectAuditLog } from '../src/lib/server/db/app-role.ts';
import { startEmbeddedPostgres } from '../src/lib/server/db/embedded-postgres.ts';
import { diskSentence, StartError } from '../src/lib/server/db/start-error.ts';
import type { ServeOptions } from '../src/server.ts';
import { requireSafeDatabase, requireStrongSecrets } from './strong-secrets.ts';

export interface Prepared {
	options: ServeOptions;
	/** True while the address is http:// on this machine. */
	plainHttp: boolean;
	/** Settles only when an embedded database ended by itself. */
	databaseEnded: Promise<void>;
	/** Stops the embedded database and gives the lock back. */
	release(): Promise<void>;
}

const OLDEST_POSTGRES = 15;
const DEFAULT_PORT = 4780;

export interface Preparation {
	/** Told when something slow begins. */
	onSlow(what: string): void;
	/** What the process does; STEPWELL_ROLE, else everything. */
	role?: string | undefined;
	/** Runs once the folder and the port are ours, before the database starts; a build, whose interruption leaves no server behind. */
	beforeDatabase?(): Promise<void>;
}

export async function prepare({ onSlow, beforeDatabase, role: asked }: Preparation): Promise<Prepared> {
	const role = readRole(asked || process.env.STEPWELL_ROLE || 'all');
	const isHelper = role === 'worker' || role === 'sender';
	const dataFolder = resolve(process.env.STEPWELL_DATA || '.data');
	const address = isHelper ? readHelperAddress(role, process.env) : readAddress(process.env);
	if (role !== 'all') requireShared(role, process.env);
	if (isHelper) requireSecrets(role, dataFolder, process.env);
	requireStrongSecrets(process.env);
	makeFolder(dataFolder);
	// Workers and senders may share the folder of the pages on the same machine: they only read its keys, and add to its log.
	const unlock = isHelper ? () => {} : takeLock(dataFolder, address.publicUrl);
	try {
		if (address.port !== null) await requireFreePort(address.host, address.port);
		await beforeDatabase?.();
		const secret = readSecret(dataFolder, process.env.STEPWELL_SECRET);
		const database = await findDatabase(dataFolder, onSlow);
		return {
			options: {
				...address,
				role,
				dataFolder,
				databaseUrl: database.url,
				isAlone: database.isOurs,
				protectAudit: database.protect,
				secret,
				webhookHosts: readWebhookHosts(process.env.STEPWELL_WEBHOOK_HOSTS),
				keys: process.env.STEPWELL_KEYS,
				migrations: resolve('drizzle')
			},
			plainHttp: address.publicUrl.startsWith('http://'),
			databaseEnded: database.ended,
			release: async () => {
				await database.stop();
				unlock();
			}
		};
	} catch (error) {
		unlock();
		throw error;
	}
}

function readRole(text: string): ProcessRole {
	const role = roles.find((each) => each === text);
	if (!role) throw new StartError(`A process is one of ${roles.join(', ')}, not "${text}".`);
	return role;
}

function requireShared(role: ProcessRole, env: NodeJS.ProcessEnv): void {
	if (!env.DATABASE_URL)
		throw new StartError(
			`A process of the role ${role} works with others on one PostgreSQL: set DATABASE_URL to it.`
		);
}

/** What only the pages make at their first start must be there: a worker with keys of its own could open nothing. */
function requireSecrets(role: ProcessRole, dataFolder: string, env: NodeJS.ProcessEnv): void {
	const missing = [
		...(env.STEPWELL_KEYS || existsSync(join(dataFolder, 'keys', 'kek.json'))
			? []
			: [`the keys (STEPWELL_KEYS, or ${join(dataFolder, 'keys', 'kek.json')})`]),
		...(env.STEPWELL_SECRET || existsSync(join(dataFolder, 'secret.key'))
			? []
			: [`the secret (STEPWELL_SECRET, or ${join(dataFolder, 'secret.key')})`])
	];
	if (missing.length)
		throw new StartError(
			`A process of the role ${role} needs the same keys and secret as the pages. Missing: ${missing.join('; ')}.`
		);
}

/** Where a worker or sender answers for its health, if anywhere; and the address that links in its mails have. */
export function readHelperAddress(
	role: ProcessRole,
	env: NodeJS.ProcessEnv
): { host: string; port: number | null; publicUrl: string } {
	if (role === 'sender' && !env.PUBLIC_URL)
		throw new StartError('A sender writes links into mails: set PUBLIC_URL to the address of the pages.');
	const port = env.STEPWELL_HEALTH_PORT ? Number(env.STEPWELL_HEALTH_PORT) : null;
	if (port !== null && (!Number.isInteger(port) || port < 1 || port > 65_535))
		throw new StartError(
			`STEPWELL_HEALTH_PORT must be a number from 1 to 65535, not "${env.STEPWELL_HEALTH_PORT}".`
		);
	const publicUrl = readPublicUrl(env.PUBLIC_URL || `http://localhost:${DEFAULT_PORT}`);
	return { host: env.HOST || '127.0.0.1', port, publicUrl };
}

const loopback = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

/** The host, port and public address from the environment; plain HTTP is refused anywhere but on this machine. */
export function readAddress(env: NodeJS.ProcessEnv): { host: string; port: number; publicUrl: string } {
	const port = Number(env.PORT || DEFAULT_PORT);
	if (!Number.isInteger(port) || port < 1 || port > 65_535)
		throw new StartError(`PORT must be a number from 1 to 65535, not "${env.PORT}".`);
	const host = env.HOST || '127.0.0.1';
	const publicUrl = readPublicUrl(env.PUBLIC_URL || `http://localhost:${port}`);
	if (!loopback.has(host) && publicUrl.startsWith('http://'))
		throw new StartError(
			`HOST=${host} would serve plain HTTP to other machines. Put HTTPS in front (a reverse proxy) and set PUBLIC_URL=https://…, or leave HOST unset.`
		);
	return { host, port, publicUrl };
}

function readPublicUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : null;
	if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search)
		throw new StartError(
			`PUBLIC_URL must be an address such as https://journeys.example.org, not "${text}".`
		);
	if (url.protocol === 'http:' && !loopback.has(url.hostname))
		throw new StartError(
			`PUBLIC_URL=${text} is plain HTTP. Patients' data may only travel over HTTPS: use https://${url.host}.`
		);
	return url.origin;
}

/** `ehr.internal, lab.internal:9443` as a list; what is no host is refused. */
export function readWebhookHosts(text = ''): string[] {
	const hosts = text
		.toLowerCase()
		.split(/[\s,]+/)
		.filter(Boolean);
	const bad = hosts.find((host) => !/^[a-z0-9._-]+(:\d{1,5})?$/.test(host));
	if (bad === undefined) return hosts;
	throw new StartError(
		`STEPWELL_WEBHOOK_HOSTS lists hosts such as ehr.internal or lab.internal:9443, and "${bad}" is none.`
	);
}

function makeFolder(folder: string): void {
	try {
		// Others may pass through, since root's PostgreSQL runs as another user; what lies inside is closed to them.
		mkdirSync(folder, { recursive: true, mode: 0o711 });
		const probe = join(folder, '.probe');
		writeFileSync(probe, 'x');
		rmSync(probe);
	} catch (error) {
		throw new StartError(
			diskSentence(error, folder) ?? `Can't use the folder ${folder}: ${(error as Error).message}`,
			{ cause: error }
		);
	}
}

function takeLock(folder: string, publicUrl: string): () => void {
	const file = join(folder, 'running.json');
	const mine = JSON.stringify({ pid: process.pid, url: publicUrl });
	for (;;) {
		try {
			writeFileSync(file, mine, { flag: 'wx', mode: 0o600 });
			return () => rmSync(file, { force: true });
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
				throw new StartError(diskSentence(error, folder) ?? (error as Error).message);
		}
		const other = readLock(file);
		if (other && isAlive(other.pid))
			throw new StartError(
				`Stepwell is already running here (process ${other.pid}): ${other.url}\nOpen that link, or stop it first with Ctrl-C in its terminal.`
			);
		rmSync(file, { force: true });
	}
}

function readLock(file: string): { pid: number; url: string } | null {
	try {
		return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; url: string };
	} catch {
		return null; // Half-written by a process that was killed, or gone meanwhile: nobody holds it.
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

async function requireFreePort(host: string, port: number): Promise<void> {
	const probe = createServer();
	await new Promise<void>((done, fail) => {
		probe.once('error', fail);
		probe.listen(port, host, done);
	}).catch((error: NodeJS.ErrnoException) => {
		throw new StartError(portSentence(error, host, port), { cause: error });
	});
	await new Promise((done) => probe.close(done));
}

function portSentence(error: NodeJS.ErrnoException, host: string, port: number): string {
	if (error.code === 'EADDRINUSE')
		return `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start`;
	if (error.code === 'EACCES')
		return `Port ${port} needs more rights than this user has. Choose one above 1023: PORT=${DEFAULT_PORT} npm start`;
	return `Can't listen on ${host}:${port} (${error.code}). Check HOST and PORT.`;
}

async function findDatabase(dataFolder: string, onSlow: (what: string) => void) {
	const url = process.env.DATABASE_URL;
	if (url) {
		await requireUsable(url);
		return {
			url,
			isOurs: false,
			ended: new Promise<void>(() => {}),
			stop: async () => {},
			protect: undefined
		};
	}
	const postgres = await startEmbeddedPostgres({
		dataFolder: join(dataFolder, 'postgres'),
		logFile: join(dataFolder, 'postgres.log'),
		durable: true,
		onSlow
	});
	try {
		await prepareAppRole(postgres.url);
	} catch (error) {
		await postgres.stop();
		throw error;
	}
	return {
		url: postgres.url('stepwell', APP_ROLE),
		isOurs: true,
		ended: postgres.ended,
		stop: postgres.stop,
		protect: () => protectAuditLog(postgres.url)
	};
}

/** Tries the user's own PostgreSQL, and says in a sentence what is wrong with it. The password is never printed. */
export async function requireUsable(url: string): Promise<void> {
	if (!/^postgres(ql)?:\/\//.test(url))
		throw new StartError(
			'DATABASE_URL must start with postgres://, as in postgres://user:password@host:5432/stepwell.'
		);
	requireSafeDatabase(url, process.env.STEPWELL_PRIVATE_DATABASE === 'yes');
	let client: pg.Client;
	try {
		client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
		await client.connect();
	} catch (error) {
		throw new StartError(databaseSentence(error as NodeJS.ErrnoException), { cause: error });
	}
	const { rows } = await client.query<{ version: number; may: boolean }>(
		`select current_setting('server_version_num')::int / 10000 as version, has_database_privilege(current_database(), 'create') as may`
	);
	await client.end();
	const found = rows[0];
	if (!found || found.version < OLDEST_POSTGRES)
		throw new StartError(
			`DATABASE_URL leads to PostgreSQL ${found?.version}; Stepwell needs ${OLDEST_POSTGRES} or newer.`
		);
	if (!found.may)
		throw new StartError(
			'The user in DATABASE_URL may not create schemas in that database. Grant it: GRANT CREATE ON DATABASE … TO …'
		);
}

function databaseSentence(error: NodeJS.ErrnoException): string {
	const sentences: Record<string, string> = {
		ECONNREFUSED: 'Nobody listens at the host and port of DATABASE_URL. Is that PostgreSQL running?',
		ENOTFOUND: 'The host in DATABASE_URL does not exist. Check its spelling.',
		EAI_AGAIN: 'The host in DATABASE_URL could not be looked up. Check its spelling and the network.',
		ETIMEDOUT: 'The PostgreSQL of DATABASE_URL did not answer in 10 seconds. Check host, port and firewall.',
		ENOENT: 'The socket in DATABASE_URL does not exist. Is that PostgreSQL running?',
		ERR_INVALID_URL:
			'DATABASE_URL is not an address. It looks like postgres://user:password@host:5432/stepwell; special characters in the password are percent-encoded.',
		'28P01': 'The user or password in DATABASE_URL is wrong.',
		'28000': 'The PostgreSQL of DATABASE_URL does not let this user in (pg_hba.conf).',
		'3D000': 'The database in DATABASE_URL does not exist. Make it: createdb stepwell'
	};
	const known = sentences[error.code ?? ''];
	if (known) return known;
	if (/timeout/i.test(error.message)) return sentences.ETIMEDOUT ?? '';
	return `DATABASE_URL can't be used: ${error.message}`;
}

/** The installation's secret: from the environment, else kept in the data folder and made at first start. */
function readSecret(dataFolder: string, given: string | undefined): Buffer {
	if (given !== undefined) {
		if (!/^[0-9a-f]{64}$/i.test(given))
			throw new StartError('STEPWELL_SECRET must be 64 hexadecimal digits. Make one: openssl rand -hex 32');
		return Buffer.from(given, 'hex');
	}
	const file = join(dataFolder, 'secret.key');
	if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
	const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
	if (secret.length !== 32)
		throw new StartError(
			`${file} is damaged. Put the copy from your backup there; without it, links in sent mails stop working.`
		);
	return secret;
}
