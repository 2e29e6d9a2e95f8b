import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-rehearse-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sound = resolve('src/lib/journey/rehearse/cases/a-key-is-used-once/scenario.json');

function rehearse(...args: string[]) {
	const done = spawnSync(
		process.execPath,
		['--disable-warning=ExperimentalWarning', 'scripts/rehearse.ts', ...args],
		{
			encoding: 'utf8',
			env: { ...process.env, INIT_CWD: folder, DATABASE_URL: inject('clusterUrl') }
		}
	);
	return { exit: done.status, out: done.stdout, said: done.stderr };
}

function file(name: string, text: string): string {
	writeFileSync(join(folder, name), text);
	return name;
}

test('a scenario is played, and its trace is all that is printed', () => {
	const { exit, out, said } = rehearse(sound, '--engine', 'memory');
	expect([exit, said]).toEqual([0, '']);
	expect(JSON.parse(out)).toMatchObject({
		format: 'stepwell.trace/1',
		refusals: [{ reason: 'duplicate-key' }]
	});
	expect(rehearse(sound).out).toBe(out);
});

const unsound = {
	format: 'stepwell.scenario/1',
	journeys: [{ slug: 'j', document: { format: 'stepwell.journey/1', name: 'J', steps: [], edges: [] } }],
	contacts: [{ id: 'ann', attributes: { age: 3 } }],
	start: '2026-03-01T12:00:00Z',
	events: [],
	until: '2026-03-02T12:00:00Z'
};

test('diagnostics that stop a publish are printed in a trace without anybody in it', () => {
	const { exit, out } = rehearse(file('unsound.json', JSON.stringify(unsound)));
	expect(exit).toBe(1);
	expect(JSON.parse(out)).toEqual({
		format: 'stepwell.trace/1',
		diagnostics: { j: [expect.objectContaining({ code: 'trigger.none', severity: 'error' })] },
		enrollments: [],
		messages: [],
		refusals: [],
		contacts: [{ id: 'ann', attributes: { age: 3 }, segments: [] }],
		report: {}
	});
});

test.each([
	['a file that is not there', 'nowhere.json', /nowhere\.json can't be read/],
	['what is no JSON', file('torn.json', '{"format":'), /torn\.json is not JSON/],
	['what is no scenario', file('other.json', '{"format":"stepwell.scenario/2"}'), /^\/format: /m],
	[
		'a fault at its place',
		file(
			'fault.json',
			JSON.stringify({
				format: 'stepwell.scenario/1',
				journeys: [],
				contacts: [{ id: 'ann' }],
				start: '2026-03-01T12:00:00Z',
				events: [{ at: '2026-03-02T12:00:00Z', contact: 'bob', name: 'go' }],
				until: '2026-03-02T12:00:00Z',
				segments: [{ slug: 's', where: { attribute: 'a', op: 'matches', value: '(' } }]
			})
		),
		/^\/segments\/0\/where\/value: [^]*^\/events\/0\/contact: /m
	]
])('%s is refused with exit 2 on standard error', (_, name, why) => {
	const { exit, out, said } = rehearse(name);
	expect([exit, out]).toEqual([2, '']);
	expect(said).toMatch(why);
});

test('the production runtime prints the same bytes, on a server that is there', () => {
	const { exit, out, said } = rehearse(sound, '--engine', 'postgres');
	expect([exit, said]).toEqual([0, '']);
	expect(out).toBe(rehearse(sound).out);
});

test('diagnostics that stop a publish stop it before any database is made', () => {
	const name = file('unsound.json', JSON.stringify(unsound));
	const played = rehearse(name, '--engine', 'postgres');
	expect([played.exit, played.said]).toEqual([1, '']);
	expect(played.out).toBe(rehearse(name).out);
});

test('it says how it is used', () => {
	expect(rehearse().said).toMatch(/^Usage: npm run rehearse -- scenario\.json/);
	expect(rehearse(sound, '--engine', 'steam').said).toMatch(/no engine “steam”/);
});
