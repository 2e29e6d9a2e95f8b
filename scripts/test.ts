// `npm test`: everything, on a clean clone; the last line is `N passed, N failed` over all of it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { findBrowser } from './browser.ts';
import { programOf } from './tool.ts';

interface Outcome {
	passed: number;
	failed: number;
}

interface Phase {
	name: string;
	run(): Promise<Outcome>;
}

const results = resolve('test-results');

/** Runs a Node program to its end; its output comes back, since two lanes printing at once can't be read. */
function runNode(args: string[], env: Record<string, string> = {}): Promise<{ ok: boolean; output: string }> {
	return new Promise((done) => {
		const child = spawn(process.execPath, args, {
			env: { ...process.env, ...env },
			stdio: ['ignore', 'pipe', 'pipe']
		});
		let output = '';
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
		child.on('close', (code) => done({ ok: code === 0, output }));
	});
}

function check(name: string, tool: string, args: string[]): Phase {
	return {
		name,
		async run() {
			const { ok, output } = await runNode([programOf(tool), ...args]);
			if (!ok) console.log(output.trim());
			return { passed: Number(ok), failed: Number(!ok) };
		}
	};
}

const unit: Phase = {
	name: 'Unit and integration tests',
	async run() {
		const report = join(results, 'unit.json');
		const { ok, output } = await runNode(
			[programOf('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
			{ FORCE_COLOR: '0' }
		);
		if (!ok) console.log(output.trim());
		const { numPassedTests, numFailedTests, numFailedTestSuites } = readReport(report) as Record<
			string,
			number
		>;
		// A file that can't be loaded has no test that failed, and is a failure all the same.
		return atLeastFailed(
			{ passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 },
			ok,
			numFailedTestSuites ?? 0
		);
	}
};

/** The public cases of the language and their checker, where they lie beside the project. Ours are unit tests. */
const CONFORMANCE = resolve('..', 'shared', 'conformance', 'check.mjs');

const conformance: Phase = {
	name: 'Conformance, in memory',
	async run() {
		const { ok, output } = await runNode([CONFORMANCE, '--engine', 'memory']);
		if (!ok) console.log(output.trim());
		const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
		return atLeastFailed({ passed: Number(passed ?? 0), failed: Number(failed ?? 0) }, ok, 0);
	}
};

const build: Phase = {
	name: 'Build',
	async run() {
		const { ok, output } = await runNode(['--disable-warning=ExperimentalWarning', 'scripts/build.ts']);
		if (!ok) console.log(output.trim());
		return { passed: Number(ok), failed: Number(!ok) };
	}
};

const browser: Phase = {
	name: 'The built app in Chromium',
	async run() {
		const report = join(results, 'e2e.json');
		let executable: string;
		try {
			executable = findBrowser(console.log);
		} catch (error) {
			if (!(error instanceof StartError)) throw error;
			console.log(error.message);
			return { passed: 0, failed: 1 };
		}
		const { ok, output } = await runNode(
			[programOf('playwright'), 'test', '--config', 'tests/e2e/playwright.config.ts'],
			{
				CHROMIUM: executable,
				PLAYWRIGHT_JSON_OUTPUT_NAME: report,
				FORCE_COLOR: '0'
			}
		);
		if (!ok) console.log(output.trim());
		const { stats } = readReport(report) as {
			stats?: { expected: number; unexpected: number; flaky: number };
		};
		return atLeastFailed(
			{ passed: stats?.expected ?? 0, failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0) },
			ok,
			0
		);
	}
};

function atLeastFailed(counted: Outcome, ok: boolean, brokenFiles: number): Outcome {
	if (ok && counted.passed > 0) return counted;
	return { passed: counted.passed, failed: Math.max(counted.failed, brokenFiles, 1) };
}

function readReport(file: string): unknown {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return {}; // The runner broke before it wrote one; that counts as a failure.
	}
}

const lanes: Phase[][] = [
	[
		check('Types', 'svelte-check', [
			'--tsconfig',
			'./tsconfig.json',
			'--fail-on-warnings',
			'--output',
			'human'
		]),
		check('Lint and import rules', 'eslint', ['.', '--max-warnings', '0']),
		check('No import cycles', 'depcruise', ['src', '--config', '.dependency-cruiser.cjs']),
		check('Format', 'prettier', ['--check', '.', '--log-level', 'warn'])
	],
	[build, unit, ...(existsSync(CONFORMANCE) ? [conformance] : [])]
];

async function main(): Promise<void> {
	rmSync(results, { recursive: true, force: true });
	mkdirSync(results, { recursive: true });
	await runNode([programOf('svelte-kit'), 'sync']);
	const total: Outcome = { passed: 0, failed: 0 };
	// Two cores: the checks run beside the build and the tests, the browser has both to itself.
	await Promise.all(lanes.map((lane) => runLane(lane, total)));
	await runLane([browser], total);
	console.log(`${total.passed} passed, ${total.failed} failed`);
	process.exit(total.failed ? 1 : 0);
}

async function runLane(lane: Phase[], total: Outcome): Promise<void> {
	for (const phase of lane) {
		const from = performance.now();
		const outcome = await phase.run();
		total.passed += outcome.passed;
		total.failed += outcome.failed;
		const seconds = ((performance.now() - from) / 1000).toFixed(0);
		console.log(
			`${outcome.failed ? 'FAILED' : 'ok    '} ${phase.name}: ${outcome.passed} passed, ${outcome.failed} failed (${seconds} s)`
		);
	}
}

await main();
