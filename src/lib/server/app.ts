/**
 * What one running Stepwell shares: the pool, the clock, the secret, the log. Made once by `src/server.ts`.
 *
 * The built product is two bundles in one process (SvelteKit's handler, and our server around it), each with its own copy
 * of this module; the symbol on `globalThis` is how both reach the same app.
 */
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Vault } from './seal/vault.ts';

/** Milliseconds since 1970. Tests and the sample's history set it. */
export interface Clock {
	now(): number;
	/** How late a worker still counts as prompt, in ms; a minute, unless a replay's clock goes in longer strides. */
	readonly promptMs?: number;
	/** Lets so much time pass; without it, real time does. */
	pause?(ms: number): Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now() };

export interface App {
	pool: pg.Pool;
	/** The keys that open and seal what is about people. */
	vault: Vault;
	clock: Clock;
	/** 32 random bytes from `.data/secret.key` or STEPWELL_SECRET; signs links and seals the mail server's password. */
	secret: Buffer;
	/** The address that people and mails use, without a slash at the end: PUBLIC_URL, else http://localhost:PORT. */
	publicUrl: string;
	/** Where caught mail is handed over by SMTP: the catcher listens on loopback. */
	catcherPort: number;
	/** Hosts inside that journeys may call, `name` or `name:port` (STEPWELL_WEBHOOK_HOSTS); none unless given. */
	webhookHosts?: readonly string[];
	/** Folder for what lives beside the database: the spool, the log. */
	dataFolder: string;
	log: Logger;
	/** Folder of the SQL migrations of this version. */
	migrations: string;
	/** This process among those that work on the database; without it, it is the only one. */
	process?: OwnProcess;
	/** Stops the workers, runs `work`, starts them again; for work that runs under a clock of its own. */
	whileStill<T>(work: () => Promise<T>): Promise<T>;
}

/** What one process does: everything, or its pages and intake, the moving of people, or the handing over of messages. */
export const roles = ['all', 'web', 'worker', 'sender'] as const;
export type ProcessRole = (typeof roles)[number];

export interface OwnProcess {
	id: string;
	role: ProcessRole;
	/** A small number that no other living process has. */
	slot: number;
	/** It takes no new work and is about to end. */
	isDraining: boolean;
}

/** What the runtime works with. */
export type Engine = Pick<App, 'pool' | 'clock' | 'vault'>;
/** What whoever writes about people needs. */
export type Store = Pick<App, 'pool' | 'vault'>;

const slot = Symbol.for('stepwell.app');
type Holder = { [slot]?: App };

export function provideApp(app: App): void {
	(globalThis as Holder)[slot] = app;
}

/** The running app. Throws when called before `src/server.ts` made it. */
export function getApp(): App {
	const app = (globalThis as Holder)[slot];
	if (!app) throw new Error('Stepwell is not started: getApp() was called before provideApp().');
	return app;
}
