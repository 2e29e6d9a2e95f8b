/** Rehearsal on the production runtime prints the trace that memory prints, byte for byte (the journey language, §9). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rehearse } from '../../src/lib/journey/rehearse/rehearse.ts';
import { parseScenario, type Scenario } from '../../src/lib/journey/rehearse/scenario.ts';
import { printTrace } from '../../src/lib/journey/rehearse/trace.ts';
import { checkScenario } from '../../src/lib/runtime/rehearse/check.ts';
import { rehearseOnPostgres } from '../../src/lib/runtime/rehearse/rehearse.ts';
import { cloneDatabase, testApp } from '../support/database.ts';
import { scenarioArb } from '../../src/lib/journey/support/arbitrary.ts';

/** The language's, this engine's, and the public ones where they lie beside the project. */
const FOLDERS = [
	resolve('src/lib/journey/rehearse/cases'),
	resolve('src/lib/runtime/rehearse/cases'),
	resolve('..', 'shared', 'conformance')
];

const cases = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
	readdirSync(folder)
		.map((name) => ({ name, file: join(folder, name, 'scenario.json') }))
		.filter(({ file }) => existsSync(file))
);

function read(file: string): Scenario | null {
	return parseScenario(JSON.parse(readFileSync(file, 'utf8'))).scenario;
}

async function play(scenario: Scenario): Promise<string> {
	const database = await cloneDatabase();
	try {
		return printTrace(await rehearseOnPostgres(scenario, testApp(database.pool)));
	} finally {
		await database.drop();
	}
}

describe('cases', () => {
	test.each(cases.map(({ name, file }) => [name, file]))('%s', async (name, file) => {
		const scenario = read(file);
		if (!scenario) return;
		const checked = checkScenario(scenario);
		const inMemory = printTrace(rehearse(scenario).trace);
		const played = checked.kind === 'refused' ? printTrace(checked.trace) : await play(scenario);
		expect(played).toBe(inMemory);
	});
});

/** More of them: REHEARSALS=200 REHEARSAL_SEED=7 with this file alone. */
const SEED = Number(process.env.REHEARSAL_SEED ?? 1);
const COUNT = Number(process.env.REHEARSALS ?? 10);

// So many drawings for one that is sound: not every circle is.
const DRAWN_FOR_ONE = 20;

function drawSound(seed: number, count: number): Scenario[] {
	return fc
		.sample(scenarioArb, { seed, numRuns: count * DRAWN_FOR_ONE })
		.filter((scenario) => checkScenario(scenario).kind === 'sound')
		.slice(0, count);
}

describe(`random scenarios of seed ${SEED}`, () => {
	test.each(drawSound(SEED, COUNT).map((scenario, n) => [n, scenario] as const))(
		'number %i',
		async (_, scenario) => {
			expect(await play(scenario), JSON.stringify(scenario)).toBe(printTrace(rehearse(scenario).trace));
		}
	);
});

test('there are random scenarios', () => {
	expect(drawSound(SEED, COUNT)).toHaveLength(COUNT);
});
