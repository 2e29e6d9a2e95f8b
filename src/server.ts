/**
 * The process: node:http, machine routes before SvelteKit's handler, the mail catcher and the workers beside it.
 * `scripts/start.ts` and `scripts/dev.ts` prepare the database and call `serve`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { freeAll } from '$lib/runtime/heartbeat.ts';
import { startWorkers, type Workers } from '$lib/runtime/workers.ts';
import { provideApp, systemClock, type App } from '$lib/server/app.ts';
import { forgetOldSessions } from '$lib/server/auth/session.ts';
import { openPool } from '$lib/server/db/db.ts';
import { migrate, NewerDatabaseError } from '$lib/server/db/migrate.ts';
import { StartError } from '$lib/server/db/start-error.ts';
import { apiRoutes } from '$lib/server/http/api-routes.ts';
import { answerWith } from '$lib/server/http/node-bridge.ts';
import { forgetOldAnswers } from '$lib/server/ingest/idempotency.ts';
import { ingestOf } from '$lib/server/ingest/ingest.ts';
import { startCatcher } from '$lib/server/mail/catcher.ts';
import { mailRoutes } from '$lib/server/mail/mail-routes.ts';

export interface ServeOptions {
	databaseUrl: string;
	/** Whether no other process can be working on that database: it is our own, and the start lock is held. */
	isAlone: boolean;
	host: string;
	port: number;
	/** Origin that people and mails use. */
	publicUrl: string;
	/** Folder for the log, the spool and the secret. */
	dataFolder: string;
	/** Folder of the SQL migrations. */
	migrations: string;
	secret: Buffer;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface Running {
	stop(): Promise<void>;
	/** Loads the sample clinic into an empty Stepwell, telling each phase. */
	loadSample(say: (line: string) => void): Promise<void>;
}

const daily = [forgetOldAnswers, forgetOldSessions];

/** Starts everything on a database that answers. `handler` is SvelteKit's, or Vite's in development. */
export async function serve(options: ServeOptions, handler: Handler): Promise<Running> {
	const log = pino(
		{ base: { pid: process.pid } },
		pino.destination({ dest: join(options.dataFolder, 'stepwell.log'), mkdir: true, sync: false })
	);
	const pool = openPool(options.databaseUrl);
	await migrateOrExplain(pool, options.migrations);
	if (options.isAlone) await freeAll(pool);
	const catcher = await startCatcher(pool, systemClock);
	let workers: Workers | null = null;
	const app: App = {
		pool,
		log,
		clock: systemClock,
		secret: options.secret,
		publicUrl: options.publicUrl,
		catcherPort: catcher.port,
		dataFolder: options.dataFolder,
		async whileStill(work) {
			await workers?.stop();
			try {
				return await work();
			} finally {
				workers = await startWorkers(app, daily);
			}
		}
	};
	provideApp(app);
	const ingest = ingestOf(app);
	workers = await startWorkers(app, daily);
	const server = await listen(options, handler);
	log.info({ port: options.port }, 'started');
	return {
		async stop() {
			await close(server);
			await ingest.close();
			await workers?.stop();
			await catcher.close();
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

function tellProgress(
	progress: { phase: string; done: number; total: number } | null,
	say: (line: string) => void
): void {
	if (progress) say(`  ${progress.phase}: ${progress.done} of ${progress.total}`);
}

async function migrateOrExplain(pool: ReturnType<typeof openPool>, folder: string): Promise<void> {
	try {
		await migrate(pool, folder);
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

async function listen(options: ServeOptions, handler: Handler): Promise<Server> {
	const machine = answerWith([mailRoutes, apiRoutes]);
	const server = createServer((request, response) => {
		machine(request, response, () => handler(request, response, () => notFound(response)));
	});
	await new Promise<void>((done, fail) => {
		server.once('error', fail);
		server.listen(options.port, options.host, done);
	});
	return server;
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
