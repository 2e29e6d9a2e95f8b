// `npm run rehearse -- scenario.json [--engine memory]`: plays a scenario and prints its trace (docs/journey-language.md).
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rehearse } from '../src/lib/journey/rehearse/rehearse.ts';
import { parseScenario } from '../src/lib/journey/rehearse/scenario.ts';
import { printTrace } from '../src/lib/journey/rehearse/trace.ts';

const USAGE = 'Usage: npm run rehearse -- scenario.json [--engine memory]';
const ENGINES = ['memory'];

/** What the command leaves with: 0 a trace, 1 a trace with diagnostics that stop a publish, 2 no scenario. */
type Exit = 0 | 1 | 2;

function main(args: string[]): Exit {
	const files = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--engine');
	const engine = args.includes('--engine') ? args[args.indexOf('--engine') + 1] : 'memory';
	const [file] = files;
	if (!file || files.length > 1) return refuse(USAGE);
	if (!ENGINES.includes(engine ?? ''))
		return refuse(`There is no engine “${engine}”. Use one of: ${ENGINES.join(', ')}.`);
	const input = readJson(resolve(process.env.INIT_CWD ?? '.', file));
	if ('fault' in input) return refuse(input.fault);
	const { scenario, faults } = parseScenario(input.value);
	if (!scenario) {
		return refuse(
			[`${file} is no scenario:`, ...faults.map(({ path, message }) => `${path || '/'}: ${message}`)].join(
				'\n'
			)
		);
	}
	const { trace, isRefused } = rehearse(scenario);
	process.stdout.write(printTrace(trace));
	return isRefused ? 1 : 0;
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

function refuse(why: string): Exit {
	process.stderr.write(`${why}\n`);
	return 2;
}

process.exitCode = main(process.argv.slice(2));
