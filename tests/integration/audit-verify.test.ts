import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointAudit } from '../../src/lib/server/audit/checkpoints.ts';
import { append, exportLines, freshCheckpoints, NOON } from '../support/audit-log.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';

const fresh = freshCheckpoints();
const other = freshCheckpoints();
let database: TestDatabase;
let lines: string[];
beforeAll(async () => {
	database = await cloneDatabase();
	await append(database.pool, 5);
	await checkpointAudit(database.pool, fresh.checkpoints, NOON);
	await append(database.pool, 2);
	lines = await exportLines(database.pool);
});
afterAll(async () => {
	await database.drop();
	fresh.drop();
	other.drop();
});

function verify(...args: string[]) {
	const done = spawnSync(
		process.execPath,
		['--disable-warning=ExperimentalWarning', 'scripts/audit-verify.ts', ...args],
		{
			encoding: 'utf8',
			env: { ...process.env, INIT_CWD: fresh.folder, DATABASE_URL: '' }
		}
	);
	return { exit: done.status, out: done.stdout.trim().split('\n'), said: done.stderr.trim() };
}

function file(name: string, text: string): string {
	writeFileSync(join(fresh.folder, name), text);
	return name;
}

const whole = () => file('export.jsonl', lines.map((line) => `${line}\n`).join(''));
const SIGNED = ['--checkpoints', 'audit/checkpoints.jsonl'];
const SUMMARY =
	'7 entries, from 1 (2026-03-02T12:00:00.000000Z) to 7 (2026-03-02T12:00:00.001000Z), all good';

test('an export that is whole is all good, with a note on what was not proved', () => {
	expect(verify(whole())).toEqual({
		exit: 0,
		out: [SUMMARY, expect.stringMatching(/^No checkpoints were given/)],
		said: ''
	});
	expect(verify(whole(), ...SIGNED)).toEqual({
		exit: 0,
		out: [SUMMARY, '1 checkpoints fit, the last at entry 5. What comes after it is held by the chain alone.'],
		said: ''
	});
});

test('one changed byte is found at its line', () => {
	for (const index of [0, 3, 6]) {
		const changed = lines.map((line, at) =>
			at === index ? line.replace('"action":"', '"action":"x') : line
		);
		const { exit, said } = verify(file('changed.jsonl', changed.join('\n')));
		expect([exit, said]).toEqual([
			1,
			expect.stringMatching(
				`^changed\\.jsonl, line ${index + 1} \\(entry ${index + 1}\\): .*\\[entry\\.changed\\]$`
			)
		]);
	}
});

test('a cut end is found with the checkpoints, even if nothing is left', () => {
	const cut = file('cut.jsonl', lines.slice(0, 4).join('\n'));
	expect(verify(cut).exit).toBe(0);
	expect(verify(cut, ...SIGNED)).toMatchObject({
		exit: 1,
		said: expect.stringMatching(/line 5 \(entry 5\): .*\[entry\.cut\]$/) as string
	});
	expect(verify(file('empty.jsonl', ''), ...SIGNED)).toMatchObject({
		exit: 1,
		said: expect.stringContaining('entry.cut') as string
	});
});

test('with the public key of somebody else, the checkpoints are not ours', () => {
	const key = join(other.folder, 'audit', 'public-keys.json');
	expect(verify(whole(), ...SIGNED, '--public-key', key)).toMatchObject({
		exit: 1,
		said: expect.stringMatching(/^audit\/checkpoints\.jsonl, line 1: .*\[checkpoint\.key\]$/) as string
	});
	const ours = join(fresh.folder, 'audit', 'public-keys.json');
	expect(verify(whole(), ...SIGNED, '--public-key', ours).exit).toBe(0);
});

test('a line that is no entry is a fault where entries came before it', () => {
	expect(verify(file('torn.jsonl', `${lines[0]}\n{"id":2`))).toMatchObject({
		exit: 1,
		said: expect.stringMatching(/line 2: .*\[entry\.unreadable\]$/) as string
	});
});

test('what is no export, and arguments that are none, leave with 2', () => {
	mkdirSync(join(fresh.folder, 'folder'), { recursive: true });
	for (const args of [
		[],
		['a', 'b'],
		['--what'],
		['missing.jsonl'],
		['folder'],
		[file('no-log.txt', 'Dear diary\n')],
		[file('other.jsonl', '{"id":1}\n')],
		[file('nothing.jsonl', '')],
		[whole(), '--checkpoints', 'missing.jsonl'],
		[whole(), ...SIGNED, '--public-key', 'no-log.txt']
	])
		expect([args, verify(...args)]).toEqual([
			args,
			{ exit: 2, out: [''], said: expect.stringMatching(/./) as string }
		]);
});
