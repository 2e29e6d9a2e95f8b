// `npm run rehearse -- scenario.json [--engine memory|postgres]`: plays a scenario and prints its trace (docs/journey-language.md).
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rehearse } from '../src/lib/journey/rehearse/rehearse.ts';
import { parseScenario, type Scenario } from '../src/lib/journey/rehearse/scenario.ts';
import { printTrace, type Trace } from '../src/lib/journey/rehearse/trace.ts';
import { explain } from './terminal.ts';

const USAGE = 'Usage: npm run rehearse -- scenario.json [--engine memory|postgres]';

/** What the command leaves with: 0 a trace, 1 a trace with diagnostics that stop a publish, 2 no scenario. */
type Exit = 0 | 1 | 2;

const engines: Record<string, (scenario: Scenario) => Exit | Promise<Exit>> = {
	memory(scenario) {
		const { trace, isRefused } = rehearse(scenario);
		return print(trace, isRefused ? 1 : 0);
	},
	async postgres(scenario) {
		const { checkScenario, rehearseInOwnDatabase } = await loadRuntime();
		const checked = checkScenario(scenario);
		if (checked.kind === 'refused') return print(checked.trace, 1);
		const databaseUrl = process.env.DATABASE_URL || undefined;
		return print(await rehearseInOwnDatabase(scenario, { databaseUrl, migrations: 'drizzle' }), 0);
	}
};

async function main(args: string[]): Promise<Exit> {
	const files = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--engine');
	const name = args.includes('--engine') ? (args[args.indexOf('--engine') + 1] ?? '') : 'memory';
	const [file] = files;
	if (!file || files.length > 1) return say(USAGE, 2);
	const engine = Object.hasOwn(engines, name) ? engines[name] : undefined;
	if (!engine) return say(`There is no engine “${name}”. Use one of: ${Object.keys(engines).join(', ')}.`, 2);
	const input = readJson(resolve(process.env.INIT_CWD ?? '.', file));
	if ('fault' in input) return say(input.fault, 2);
	const { scenario, faults } = parseScenario(input.value);
	if (scenario) return engine(scenario);
	const lines = faults.map(({ path, message }) => `${path || '/'}: ${message}`);
	return say([`${file} is no scenario:`, ...lines].join('\n'), 2);
}

function readJson(file: string): { value: unknown } | { fault: string } {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		return { fault: `${file} can't be read: ${error instanceof Error ? error.message : String(error)}` };
	}
	try {
		return { value: JSON.parse(text) };
	} catch (error) {
		return { fault: `/: ${file} is not JSON: ${error instanceof Error ? error.message : String(error)}` };
	}
}

/** Bundles the production code, so that what is played is what runs. Memory needs none of it, and starts at once. */
async function loadRuntime(): Promise<typeof import('../src/lib/runtime/rehearse/index.ts')> {
	const { build } = await import('vite');
	// Beside the packages that the bundle asks for; in a folder of its own, since two may be made at once.
	const out = resolve('.data', `rehearse-${process.pid}`);
	process.on('exit', () => rmSync(out, { recursive: true, force: true }));
	await build({
		configFile: 'vite.server.config.ts',
		logLevel: 'error',
		build: {
			ssr: 'src/lib/runtime/rehearse/index.ts',
			outDir: out,
			emptyOutDir: true,
			rolldownOptions: { output: { entryFileNames: 'rehearse.js' } }
		}
	});
	return (await import(pathToFileURL(resolve(out, 'rehearse.js')).href)) as Awaited<
		ReturnType<typeof loadRuntime>
	>;
}

function print(trace: Trace, exit: Exit): Exit {
	process.stdout.write(printTrace(trace));
	return exit;
}

function say(why: string, exit: Exit): Exit {
	process.stderr.write(`${why}\n`);
	return exit;
}

main(process.argv.slice(2)).then((exit) => (process.exitCode = exit), explain);
