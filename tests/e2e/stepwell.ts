// The built product, started for a test file on a folder and a port of its own, as `npm start` does it.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import { freePort } from '../support/free-port.ts';
import { totpCode } from '../support/totp-code.ts';
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

/**
 * Creates the owner on a fresh Stepwell, with an authenticator app where one is asked for; afterwards the page is signed in. Gives
 * the app's key.
 */
export async function createOwner(page: Page, url: string): Promise<string> {
	await open(page, url);
	await page.getByLabel('Your name').fill(owner.name);
	await page.getByLabel('Email').fill(owner.email);
	await page.getByLabel('Password', { exact: true }).fill(owner.password);
	await page.getByRole('button', { name: /create/i }).click();
	await page.waitForURL(/\/(journeys|sign-in\/protect)/);
	const { key } = page.url().includes('/protect') ? await setUpAuthenticator(page) : { key: '' };
	await page.waitForURL('**/journeys');
	return key;
}

/** On the page that asks for a second factor: takes an authenticator app, and keeps the recovery codes. */
export async function setUpAuthenticator(page: Page): Promise<{ key: string; recoveryCodes: string[] }> {
	await page.getByRole('button', { name: 'Authenticator app' }).click();
	await page.getByText('I can’t scan it').click();
	const key = (await page.getByLabel('the key', { exact: true }).textContent())?.replace(/\s/g, '') ?? '';
	await page.getByLabel('The six digits that it shows').fill(nextCode(key));
	await page.getByRole('button', { name: 'Confirm' }).click();
	const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
	await expect(codes).toHaveCount(10);
	const recoveryCodes = await codes.allTextContents();
	await page.getByRole('button', { name: 'I have kept them' }).click();
	return { key, recoveryCodes };
}

const STEP_MS = 30_000;
const lastStepByKey = new Map<string, number>();

/**
 * A code of the authenticator app with this key that was not taken yet. Each is good once and for a step around its own, so a test
 * has three of them at any moment; a fourth would have to wait.
 */
export function nextCode(key: string): string {
	const now = Math.floor(Date.now() / STEP_MS);
	// The step before is taken only while the server will still be in the next: a busy machine is slow to send it.
	const first = Date.now() % STEP_MS < 15_000 ? now - 1 : now;
	const step = Math.max(first, (lastStepByKey.get(key) ?? 0) + 1);
	if (step > now + 1) throw new Error('This test asks for more codes than half a minute has.');
	lastStepByKey.set(key, step);
	return totpCode(key, step * STEP_MS);
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
	/** Of the authenticator app. */
	key: string;
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
	return protect(url, setCookie);
}

/** Sets up an authenticator app, by which the session gets another cookie. */
async function protect(url: string, planted: string): Promise<SignedIn> {
	const first = clientOf(url, { cookie: cookieOf(planted), origin: url });
	const { key } = await first.account.beginAuthenticator.mutate();
	let setCookie = planted;
	const confirming = createTRPCClient<AppRouter>({
		links: [
			httpBatchLink({
				url: `${url}/api/trpc`,
				headers: { cookie: cookieOf(planted), origin: url },
				async fetch(address, init) {
					const answer = await fetch(address, init as RequestInit);
					setCookie = answer.headers.getSetCookie()[0] ?? setCookie;
					return answer;
				}
			})
		]
	});
	await confirming.account.confirmAuthenticator.mutate({ code: nextCode(key) });
	const cookie = cookieOf(setCookie);
	return { cookie, setCookie, key, api: clientOf(url, { cookie, origin: url }) };
}

function cookieOf(setCookie: string): string {
	return setCookie.split(';')[0] ?? '';
}

/** The tRPC client that integrators use, with headers of the caller. */
export function clientOf(url: string, headers: Record<string, string>): TRPCClient<AppRouter> {
	return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/api/trpc`, headers })] });
}

/** A published journey, made over the API: API call `result-PURPOSE` with a whole `score`, a moment's wait, an email. */
export async function publishResults(
	{ api }: Pick<SignedIn, 'api'>,
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
