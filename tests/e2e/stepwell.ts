// The built product, started for a test file on a folder and a port of its own, as `npm start` does it.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type Page } from '@playwright/test';
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import { freePort } from '../support/free-port.ts';
import { filesWithCanaries } from './canary.ts';
import type { AppRouter } from '../../src/lib/server/api/router.ts';

export interface Stepwell {
	url: string;
	dataFolder: string;
	/** All that it printed. */
	output(): string;
	/** Stops it and removes its folder. Throws when anything about a patient can be read in a file that it left. */
	stop(): Promise<number | null>;
}

export const owner = { name: 'Maya Owner', email: 'maya@clinic.test', password: 'correct horse battery' };

export function makeFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-e2e-'));
	chmodSync(folder, 0o755);
	return folder;
}

/** Starts the script as a process; `ready` settles with its exit code, or null once it printed its link. */
export function launch(
	args: string[],
	env: Record<string, string>
): { child: ChildProcess; ready: Promise<number | null>; output(): string } {
	const child = spawn(
		process.execPath,
		['--disable-warning=ExperimentalWarning', 'scripts/start.ts', ...args],
		{
			env: { ...process.env, DATABASE_URL: '', PUBLIC_URL: '', ...env },
			stdio: ['ignore', 'pipe', 'pipe']
		}
	);
	let printed = '';
	const ready = new Promise<number | null>((done) => {
		const read = (chunk: Buffer) => {
			printed += chunk.toString();
			if (printed.includes('Stepwell is running')) done(null);
		};
		child.stdout.on('data', read);
		child.stderr.on('data', read);
		child.on('close', (code) => done(code ?? 1));
	});
	return { child, ready, output: () => printed };
}

export async function startStepwell(
	args: string[] = [],
	env: Record<string, string> = {}
): Promise<Stepwell> {
	const folder = makeFolder();
	const port = await freePort();
	const dataFolder = join(folder, 'data');
	const { child, ready, output } = launch(args, { STEPWELL_DATA: dataFolder, PORT: String(port), ...env });
	const closed = new Promise<number | null>((done) => child.on('close', done));
	if ((await ready) !== null) throw new Error(`Stepwell did not start:\n${output()}`);
	return {
		url: `http://localhost:${port}`,
		dataFolder,
		output,
		async stop() {
			child.kill('SIGTERM');
			const code = await closed;
			const leaks = filesWithCanaries(folder);
			rmSync(folder, { recursive: true, force: true });
			if (leaks.length) throw new Error(`Patients can be read at rest:\n${leaks.join('\n')}`);
			return code;
		}
	};
}

/** A test whose file has one running Stepwell, empty or with the sample clinic. */
export function withStepwell(args: string[] = []) {
	return base.extend<object, { stepwell: Stepwell }>({
		stepwell: [
			// Playwright reads the names of the fixtures from the first parameter, which has to be a pattern.
			async ({ browserName: _ }, use) => {
				const stepwell = await startStepwell(args);
				await use(stepwell);
				await stepwell.stop();
			},
			{ scope: 'worker', timeout: 240_000 }
		]
	});
}

/** Opens an address and waits until its buttons answer: a page is shown before its script runs. */
export async function open(page: Page, address: string): Promise<void> {
	await page.goto(address, { waitUntil: 'networkidle' });
}

/** Creates the owner on a fresh Stepwell; afterwards the page is signed in. */
export async function createOwner(page: Page, url: string): Promise<void> {
	await open(page, url);
	await page.getByLabel('Your name').fill(owner.name);
	await page.getByLabel('Email').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill(owner.password);
	await page.getByRole('button', { name: /create/i }).click();
	await page.waitForURL('**/journeys');
}

/** Makes an API key in the settings and gives what is shown this once. */
export async function makeKey(page: Page, url: string, name: string): Promise<string> {
	await open(page, `${url}/settings`);
	await page.getByRole('button', { name: 'Create a key' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Name').fill(name);
	await dialog.getByRole('button', { name: 'Create the key' }).click();
	const key = await dialog.getByText(/^sw_live_/).textContent();
	await dialog.getByRole('button', { name: 'I have copied it' }).click();
	return (key ?? '').trim();
}

export interface SignedIn {
	/** As a browser sends it back. */
	cookie: string;
	/** The `Set-Cookie` that brought it. */
	setCookie: string;
	api: TRPCClient<AppRouter>;
}

/** Creates the owner on a fresh Stepwell without a browser. */
export async function signUp(url: string): Promise<SignedIn> {
	const answer = await fetch(`${url}/setup`, {
		method: 'POST',
		headers: { origin: url },
		body: new URLSearchParams({ ...owner, timezone: 'UTC' }),
		redirect: 'manual'
	});
	const [setCookie] = answer.headers.getSetCookie();
	if (!setCookie) throw new Error(`The owner was not created: ${answer.status}`);
	const cookie = setCookie.split(';')[0] ?? '';
	return { cookie, setCookie, api: clientOf(url, { cookie, origin: url }) };
}

/** The tRPC client that integrators use, with headers of the caller. */
export function clientOf(url: string, headers: Record<string, string>): TRPCClient<AppRouter> {
	return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/api/trpc`, headers })] });
}

/** A published journey, made over the API: API call `result-PURPOSE` with a whole `score`, a moment's wait, an email. */
export async function publishResults(
	{ api }: SignedIn,
	purpose: 'treatment' | 'marketing' = 'treatment',
	wait = 'PT1S'
): Promise<string> {
	const { slug: template } = await api.templates.create.mutate({ name: `Result ${purpose}` });
	const { slug } = await api.journeys.create.mutate({
		name: `Results by ${purpose}`,
		document: {
			format: 'stepwell.journey/1',
			name: 'Results',
			settings: { reentry: { when: 'always' } },
			steps: [
				{ id: 'call', kind: 'trigger.api', config: { name: `result-${purpose}`, payload: scoreSchema } },
				{ id: 'wait', kind: 'wait.for', config: { duration: wait } },
				{ id: 'mail', kind: 'send.email', config: { template, purpose } },
				{ id: 'end', kind: 'exit', config: {} }
			],
			edges: [
				{ from: 'call', outcome: 'next', to: 'wait' },
				{ from: 'wait', outcome: 'next', to: 'mail' },
				{ from: 'mail', outcome: 'next', to: 'end' }
			]
		}
	});
	await api.journeys.publish.mutate({ slug });
	return slug;
}

const scoreSchema = { type: 'object', properties: { score: { type: 'integer' } }, required: ['score'] };
