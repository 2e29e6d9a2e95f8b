/** Processes of Stepwell, real ones, on a test's database: started, ended, killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import type { ProcessRole } from '../../src/lib/server/app.ts';
import { freePort } from './free-port.ts';
import { testKeys } from './vault.ts';

export interface RunningProcess {
	pid: number;
	url: string;
	/** Its exit code, or null where a signal killed it. */
	ended: Promise<number | null>;
	/** All that it printed. */
	output(): string;
	signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** The server as production bundles it. */
export class Fleet {
	private readonly folder = mkdtempSync(join(tmpdir(), 'stepwell-fleet-'));
	private readonly children: ChildProcess[] = [];
	private readonly bundle: string;
	private readonly databaseUrl: string;

	private constructor(bundle: string, databaseUrl: string) {
		this.bundle = bundle;
		this.databaseUrl = databaseUrl;
	}

	static async build(databaseUrl: string): Promise<Fleet> {
		// Beside node_modules, where packages are looked for.
		const bundle = resolve('.data', `test-build-${process.pid}`);
		await build({
			configFile: 'vite.server.config.ts',
			logLevel: 'error',
			build: { outDir: bundle, emptyOutDir: true }
		});
		return new Fleet(bundle, databaseUrl);
	}

	/** Settles once it works. */
	async start(role: ProcessRole): Promise<RunningProcess> {
		const begun = await this.begin(role);
		await begun.ready;
		return begun;
	}

	/** Does not wait until it works. Hearts beat fast: a dead one is noticed after two seconds. */
	async begin(role: ProcessRole): Promise<RunningProcess & { ready: Promise<void> }> {
		const port = await freePort();
		const options = {
			server: pathToFileURL(join(this.bundle, 'server.js')).href,
			role,
			databaseUrl: this.databaseUrl,
			isAlone: false,
			host: '127.0.0.1',
			port,
			publicUrl: 'http://localhost:4780',
			dataFolder: join(this.folder, String(port)),
			migrations: resolve('drizzle'),
			secret: Buffer.alloc(32, 7).toString('hex'),
			keys: testKeys,
			webhookHosts: [],
			tempo: { beatMs: 300, deadAfterMs: 2000 }
		};
		const child = spawn(process.execPath, ['tests/support/start-process.ts', JSON.stringify(options)], {
			stdio: ['ignore', 'pipe', 'pipe']
		});
		this.children.push(child);
		return run(child, `http://127.0.0.1:${port}`);
	}

	/** Kills those that still run. */
	async killAll(): Promise<void> {
		for (const child of this.children) child.kill('SIGKILL');
		await Promise.all(this.children.splice(0).map(endOf));
	}

	/** Kills those that still run and takes their folders away. */
	async close(): Promise<void> {
		await this.killAll();
		for (const folder of [this.folder, this.bundle]) rmSync(folder, { recursive: true, force: true });
	}
}

function run(child: ChildProcess, url: string): RunningProcess & { ready: Promise<void> } {
	let printed = '';
	const ended = endOf(child);
	const ready = new Promise<void>((done, fail) => {
		const read = (chunk: Buffer) => {
			printed += chunk.toString();
			if (printed.includes('running')) done();
		};
		child.stdout?.on('data', read);
		child.stderr?.on('data', read);
		void ended.then(() => fail(new Error(`It did not start:\n${printed}`)));
	});
	// Who ends it before has no use for that.
	ready.catch(() => {});
	return {
		pid: child.pid ?? 0,
		url,
		ready,
		ended,
		output: () => printed,
		signal: (name) => void child.kill(name)
	};
}

function endOf(child: ChildProcess): Promise<number | null> {
	if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
	return new Promise((done) => child.once('close', done));
}
