// Measures by name, each with its reference from the same run. Names as in the runtime's specification.
import { parseArgs } from 'node:util';
import { measureInBrowser } from './browser.ts';
import { measureLanguage } from './language.ts';
import { measureBesideMillion, measureRuntime } from './runtime.ts';
import { openBenchDatabase } from './database.ts';
import { measureBareUpdate, measureJobPerStep } from './references.ts';
import { measurePeople } from './people.ts';
import { measureSeal } from './seal.ts';
import { measureTreatment, TREATMENT_NAMES } from './treatment.ts';
import { measureWakes, WAKE_NAMES } from './wakes.ts';

/** Name to number. The unit is the name's ending: `_per_s`, `_us_…`, `_bytes_…`, `_ms`. */
export type Figures = Record<string, number>;

interface Benchmark {
	names: string[];
	run(): Promise<Figures>;
}

const benchmarks: Benchmark[] = [
	{
		names: [
			'language.compile_10_ms',
			'language.compile_100_ms',
			'language.compile_2000_ms',
			'language.memory_steps_per_s',
			'language.rehearse_contacts_per_s'
		],
		run: () => Promise.resolve(measureLanguage())
	},
	{
		names: [
			'language.compile_2000_browser_whole_ms',
			'language.compile_2000_browser_ms',
			'language.compile_2000_browser_loading_ms',
			'language.compile_2000_browser_warm_ms'
		],
		run: measureInBrowser
	},
	{
		names: [
			'runtime.steps_per_s',
			'runtime.cpu_us_per_step',
			'runtime.plain_cpu_us_per_step',
			'runtime.phi_cpu_ratio',
			'runtime.wal_bytes_per_step',
			'runtime.job_per_step_per_s',
			'runtime.bare_update_rows_per_s'
		],
		async run() {
			const database = await openBenchDatabase();
			try {
				const sealed = await measureRuntime(database, 'sealed');
				const plain = await measurePlain();
				return {
					...sealed,
					'runtime.plain_cpu_us_per_step': plain,
					'runtime.phi_cpu_ratio': (sealed['runtime.cpu_us_per_step'] ?? NaN) / plain,
					...(await measureJobPerStep(database)),
					...(await measureBareUpdate(database))
				};
			} finally {
				await database.close();
			}
		}
	},
	{ names: WAKE_NAMES, run: measureWakes },
	{ names: TREATMENT_NAMES, run: measureTreatment },
	{
		names: ['runtime.cpu_us_per_step_1m_waiting'],
		async run() {
			const database = await openBenchDatabase();
			try {
				return await measureBesideMillion(database);
			} finally {
				await database.close();
			}
		}
	},
	{
		names: [
			'people.added_per_s_core',
			'people.sealed_condition_per_s_core',
			'people.plain_condition_per_s_core'
		],
		async run() {
			const database = await openBenchDatabase();
			try {
				return await measurePeople(database);
			} finally {
				await database.close();
			}
		}
	},
	{
		names: [
			'seal.contacts_sealed_per_s_core',
			'seal.contacts_opened_per_s_core',
			'seal.contacts_opened_warm_per_s_core',
			'seal.bare_aes_gcm_per_s_core'
		],
		async run() {
			const database = await openBenchDatabase();
			try {
				return await measureSeal(database);
			} finally {
				await database.close();
			}
		}
	}
];

// The same journey where nobody's attributes and payloads are sealed, in a database of its own.
async function measurePlain(): Promise<number> {
	const database = await openBenchDatabase();
	try {
		return (await measureRuntime(database, 'plain'))['runtime.cpu_us_per_step'] ?? NaN;
	} finally {
		await database.close();
	}
}

export async function main(args: string[]): Promise<void> {
	const { values, positionals } = parseArgs({
		args,
		options: { json: { type: 'boolean', default: false } },
		allowPositionals: true
	});
	const known = benchmarks.flatMap((benchmark) => benchmark.names);
	const unknown = positionals.filter((name) => !known.includes(name));
	if (unknown.length)
		throw new Error(`No benchmark is named ${unknown.join(', ')}. There are: ${known.join(', ')}`);
	const wanted = benchmarks.filter(
		(benchmark) => !positionals.length || benchmark.names.some((name) => positionals.includes(name))
	);
	const figures: Figures = {};
	for (const benchmark of wanted) Object.assign(figures, await benchmark.run());
	if (values.json) console.log(JSON.stringify(figures));
	else
		for (const [name, value] of Object.entries(figures))
			console.log(`${name.padEnd(36)} ${format(value).padStart(12)}`);
}

function format(value: number): string {
	return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}
