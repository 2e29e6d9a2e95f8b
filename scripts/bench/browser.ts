// The compiler in a real browser: its first answers in a page just opened, where nothing is optimized yet. Each round
// is a browser of its own, since one that was open before keeps compiled code.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { presentBrowser } from '../browser.ts';
import { documentOf, workspace } from './language.ts';
import type { Figures } from './main.ts';

const STEPS = 2_000;
const ROUNDS = 7;
/** Answers before a worker counts as warm. */
const WARM_AFTER = 15;

interface Round {
	/** From making the worker to its being loaded. */
	loaded: number;
	/** From asking to the answer, for each answer in order. */
	answers: number[];
}

/**
 * Milliseconds until the editor's worker answers on 2,000 steps: the first time in its page, that with the loading of the
 * worker, once warm; and the first time with the plan and the bounds, which the editor does without. Nothing, and a
 * sentence, where there is no Chromium.
 */
export async function measureInBrowser(): Promise<Figures> {
	const executablePath = presentBrowser();
	if (!executablePath) {
		console.error('The figures of the browser are left out: there is no Chromium. Set CHROMIUM to its path.');
		return {};
	}
	const served = await serve(await bundleWorker());
	try {
		const round = (is: 'whole' | 'document', count: number) => play(executablePath, served.url, is, count);
		const whole: Round[] = [];
		const checks: Round[] = [];
		for (let n = 0; n < ROUNDS; n++) {
			whole.push(await round('whole', 1));
			checks.push(await round('document', 2 * WARM_AFTER));
		}
		return {
			'language.compile_2000_browser_whole_ms': median(whole.flatMap(({ answers }) => answers)),
			'language.compile_2000_browser_ms': median(checks.map(({ answers }) => answers[0] ?? NaN)),
			'language.compile_2000_browser_loading_ms': median(
				checks.map(({ loaded, answers }) => loaded + (answers[0] ?? NaN))
			),
			'language.compile_2000_browser_warm_ms': median(
				checks.flatMap(({ answers }) => answers.slice(WARM_AFTER))
			)
		};
	} finally {
		served.close();
	}
}

async function bundleWorker(): Promise<string> {
	const built = await build({
		configFile: false,
		logLevel: 'error',
		resolve: { alias: { $lib: 'src/lib' } },
		build: {
			write: false,
			rolldownOptions: {
				input: 'scripts/bench/cold-worker.ts',
				output: { format: 'es', codeSplitting: false }
			}
		}
	});
	const [output] = [built].flat();
	const chunk = output && 'output' in output ? output.output.find(({ type }) => type === 'chunk') : undefined;
	if (chunk?.type !== 'chunk') throw new Error('The worker of the benchmark was not built.');
	return chunk.code;
}

async function serve(worker: string): Promise<{ url: string; close(): void }> {
	const server = createServer(({ url }, response) => {
		response.setHeader('content-type', url === '/worker.js' ? 'text/javascript' : 'text/html');
		response.end(url === '/worker.js' ? worker : '<!doctype html><title>Bench</title>');
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}

async function play(
	executablePath: string,
	url: string,
	is: 'whole' | 'document',
	count: number
): Promise<Round> {
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
	try {
		const page = await browser.newPage();
		await page.goto(url);
		return await page.evaluate(timeAnswers, { is, count, workspace, document: documentOf(STEPS) });
	} finally {
		await browser.close();
	}
}

/** Runs in the page. */
async function timeAnswers(asked: {
	is: 'whole' | 'document';
	count: number;
	workspace: unknown;
	document: object;
}): Promise<Round> {
	const { is, count, workspace, document } = asked;
	const from = performance.now();
	const worker = new Worker('/worker.js', { type: 'module' });
	const next = () =>
		new Promise<{ diagnostics?: unknown[] }>((done, fail) => {
			worker.onmessage = ({ data }) => done(data as { diagnostics?: unknown[] });
			worker.onerror = ({ message }) => fail(new Error(message));
		});
	await next();
	const loaded = performance.now() - from;
	if (is === 'document') worker.postMessage({ is: 'workspace', workspace, slug: 'drawn' });
	const answers: number[] = [];
	for (let id = 1; id <= count; id++) {
		const askedAt = performance.now();
		worker.postMessage({ is, id, document, workspace });
		const { diagnostics } = await next();
		answers.push(performance.now() - askedAt);
		if (diagnostics?.length !== 0) throw new Error('The journey of the benchmark is not sound.');
	}
	worker.terminate();
	return { loaded, answers };
}

function median(all: number[]): number {
	return all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? NaN;
}
