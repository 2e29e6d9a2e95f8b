/**
 * The process: node:http, machine routes before SvelteKit's handler, the mail catcher and the workers beside it.
 * `scripts/start.ts` and `scripts/dev.ts` prepare the database and call `serve`.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { freeAll, type Tempo } from '$lib/runtime/heartbeat.ts';
import { hasOthers, joinProcesses, leaveProcesses } from '$lib/runtime/processes.ts';
import { startWorkers, type Workers } from '$lib/runtime/workers.ts';
import { ApiError } from '$lib/server/api/errors.ts';
import { provideApp, systemClock, type App, type ProcessRole } from '$lib/server/app.ts';
import { openCheckpoints } from '$lib/server/audit/checkpoints.ts';
import { noteProtection, signAudit } from '$lib/server/audit/watch.ts';
import { forgetOldCeremonies } from '$lib/server/auth/ceremonies.ts';
import { forgetOldSessions } from '$lib/server/auth/session.ts';
import type pg from 'pg';
import { openPool } from '$lib/server/db/db.ts';
import { migrate, NewerDatabaseError } from '$lib/server/db/migrate.ts';
import { StartError } from '$lib/server/db/start-error.ts';
import { healthRoutes } from '$lib/server/http/health-routes.ts';
import { apiRoutes } from '$lib/server/http/api-routes.ts';
import { answerWith } from '$lib/server/http/node-bridge.ts';
import { makeWebServer } from '$lib/server/http/web-server.ts';
import { forgetOldAnswers } from '$lib/server/ingest/idempotency.ts';
import { ingestOf } from '$lib/server/ingest/ingest.ts';
import { openLog } from '$lib/server/log.ts';
import { startCatcher } from '$lib/server/mail/catcher.ts';
import { finishErasures } from '$lib/server/people/erase.ts';
import { purgeRetained } from '$lib/server/people/retained.ts';
import { resumeRetags } from '$lib/server/people/retag.ts';
import { sealExisting } from '$lib/server/people/seal-existing.ts';
import { isSealError } from '$lib/server/seal/errors.ts';
import { openKeyRing } from '$lib/server/seal/key-ring.ts';
import { openVault, type Vault } from '$lib/server/seal/vault.ts';
import { ssoRoutes } from '$lib/server/http/sso-routes.ts';
import { mailRoutes } from '$lib/server/mail/mail-routes.ts';

export interface ServeOptions {
	/** What this process does. */
	role: ProcessRole;
	databaseUrl: string;
	/** Whether no other process can be working on that database: it is our own, and the start lock is held. */
	isAlone: boolean;
	/** Takes the audit log out of the database user's hands, where somebody above it is at hand: our own database's. */
	protectAudit: (() => Promise<void>) | undefined;
	host: string;
	/** For pages and intake; a worker or sender serves its health there, or with null nothing. */
	port: number | null;
	/** Origin that people and mails use. */
	publicUrl: string;
	/** Folder for the log, the spool and the secret. */
	dataFolder: string;
	/** Folder of the SQL migrations. */
	migrations: string;
	secret: Buffer;
	/** How fast hearts beat; for tests. */
	tempo?: Tempo;
	/** STEPWELL_WEBHOOK_HOSTS: hosts inside that journeys may call. */
	webhookHosts: readonly string[];
	/** STEPWELL_KEYS: the keys above all others, where they are not in the data folder's file. */
	keys: string | undefined;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface Running {
	stop(): Promise<void>;
	/** Loads the sample clinic into an empty Stepwell, telling each phase. */
	loadSample(say: (line: string) => void): Promise<void>;
}

/**
 * Starts what the role asks for, on a database that answers. `handler` is SvelteKit's, or Vite's in development; a worker or
 * sender has none.
 */
export async function serve(options: ServeOptions, handler: Handler = noPages): Promise<Running> {
	const log = openLog(options.dataFolder);
	const pool = openPool(options.databaseUrl);
	const vault = await openVaultOn(pool, options);
	await options.protectAudit?.();
	if (options.isAlone) await freeAll(pool);
	const hasPages = options.role === 'all' || options.role === 'web';
	const own = await joinProcesses(pool, options.role);
	const catcher = options.role === 'worker' ? null : await startCatcher({ pool, vault, clock: systemClock });
	const checkpoints = openCheckpoints(options.dataFolder);
	const hourly = [() => signAudit(app, checkpoints)];
	const daily = [
		forgetOldAnswers,
		forgetOldSessions,
		forgetOldCeremonies,
		() => purgeRetained(app).then(() => {})
	];
	let workers: Workers | null = null;
	const app: App = {
		pool,
		vault,
		log,
		clock: systemClock,
		secret: options.secret,
		publicUrl: options.publicUrl,
		catcherPort: catcher?.port ?? 0,
		webhookHosts: options.webhookHosts,
		dataFolder: options.dataFolder,
		migrations: options.migrations,
		process: own,
		async whileStill(work) {
			if (await hasOthers(pool, own)) throw new ApiError('conflict', OTHERS_RUN);
			await workers?.stop();
			try {
				return await work();
			} finally {
				workers = await startWorkers(app, daily, hourly, options.tempo);
			}
		}
	};
	provideApp(app);
	if (hasPages) await tidyAtStart(app, () => signAudit(app, checkpoints));
	const ingest = hasPages ? ingestOf(app) : null;
	workers = await startWorkers(app, daily, hourly, options.tempo);
	const server = options.port === null ? null : await listen(options, options.port, hasPages, handler);
	log.info({ port: options.port, role: own.role, slot: own.slot }, 'started');
	return {
		async stop() {
			// `/readyz` says no from here on; pages and intake are answered until the batches have ended.
			own.isDraining = true;
			log.info({ role: own.role }, 'draining');
			await workers?.stop();
			if (server) await close(server);
			await ingest?.close();
			await catcher?.close();
			await leaveProcesses(pool, own).catch(() => {}); // Its row is taken for dead in half a minute.
			await vault.close();
			await pool.end();
			log.info('stopped');
			log.flush();
		},
		async loadSample(say) {
			const { loadSample, sampleProgress } = await import('$lib/server/sample/load.ts');
			const told = setInterval(() => tellProgress(sampleProgress(), say), 2000);
			try {
				say('Loading the sample clinic …');
				await loadSample(app);
			} finally {
				clearInterval(told);
			}
		}
	};
}

const OTHERS_RUN =
	'Other Stepwell processes work on this database, and would move people meanwhile. Stop them first.';

async function tidyAtStart(app: App, sign: () => Promise<void>): Promise<void> {
	await finishErasures(app);
	void resumeRetags(app).catch((error: unknown) => app.log.error({ error }, 'attributes are not moved yet'));
	await noteProtection(app);
	await sign();
}

function tellProgress(
	progress: { phase: string; done: number; total: number } | null,
	say: (line: string) => void
): void {
	if (progress) say(`  ${progress.phase}: ${progress.done} of ${progress.total}`);
}

/** The database at this version's schema, and its vault: what an older version left readable is sealed in between. */
async function openVaultOn(pool: pg.Pool, options: ServeOptions): Promise<Vault> {
	const provider = openKeyRing({
		dataFolder: options.dataFolder,
		given: options.keys,
		appSecret: options.secret
	});
	await migrateOrExplain(pool, options.migrations, async () => {
		const vault = await openVault({ pool, provider });
		await sealExisting(pool, vault).finally(() => vault.close());
	});
	return openVault({ pool, provider }).catch(async (error: unknown) => {
		await pool.end();
		throw isSealError(error) ? new StartError(KEYS_MISSING, { cause: error }) : error;
	});
}

const KEYS_MISSING =
	'The keys that open what is known about people are not the ones that sealed it. Put back keys/kek.json of this data folder from its backup, or set STEPWELL_KEYS.';

async function migrateOrExplain(pool: pg.Pool, folder: string, seal: () => Promise<void>): Promise<void> {
	try {
		await migrate(pool, folder, seal);
	} catch (error) {
		await pool.end();
		if (error instanceof NewerDatabaseError)
			throw new StartError(
				'The data was written by a newer Stepwell. Start that version, or restore a backup made by this one.',
				{ cause: error }
			);
		throw error;
	}
}

async function listen(
	{ host, publicUrl }: ServeOptions,
	port: number,
	hasPages: boolean,
	handler: Handler
): Promise<Server> {
	const machine = answerWith(hasPages ? [healthRoutes, mailRoutes, ssoRoutes, apiRoutes] : [healthRoutes]);
	const server = makeWebServer(publicUrl, (request, response) => {
		machine(request, response, () => handler(request, response, () => notFound(response)));
	});
	await new Promise<void>((done, fail) => {
		server.once('error', fail);
		server.listen(port, host, done);
	});
	return server;
}

function noPages(_: IncomingMessage, response: ServerResponse): void {
	notFound(response);
}

function notFound(response: ServerResponse): void {
	response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
}

async function close(server: Server): Promise<void> {
	const closed = new Promise((done) => server.close(done));
	server.closeIdleConnections();
	// Polling pages keep connections busy; two seconds are enough for what is being answered.
	const cut = setTimeout(() => server.closeAllConnections(), 2000);
	await closed;
	clearTimeout(cut);
}
