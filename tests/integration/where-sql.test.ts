/** A condition in memory and as SQL gives the same people, on the oldest and on the newest PostgreSQL. */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Where } from '../../src/lib/journey/index.ts';
import { countToSql, whereToSql, type SqlContext } from '../../src/lib/journey/where/sql/where-to-sql.ts';
import { fold } from '../../src/lib/journey/text.ts';
import { parseDay, parseInstant } from '../../src/lib/journey/zone.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres15 } from '../support/postgres-15.ts';
import { contextOf, sceneArb } from '../support/where-arbitrary.ts';
import { HARD_CASES } from '../support/where-hard-cases.ts';
import { isIn, seed } from '../support/where-people.ts';

const PEOPLE = 40;
const RUNS = 120;
const CONDITIONS_A_RUN = 15;
/** Every run draws the same; a failure prints it, with the path to the smallest case. */
const SEED = 20_260_302;

async function idsOf(pool: pg.Pool, where: Where, context: SqlContext): Promise<number[]> {
	const { rows } = await pool.query<{ id: number }>(whereToSql(where, context));
	return rows.map((row) => row.id).sort((one, other) => one - other);
}

const servers: [string, () => Promise<TestDatabase>, number][] = [
	['PostgreSQL 18', cloneDatabase, 18],
	['PostgreSQL 15', startPostgres15, 15]
];

describe.each(servers)('%s', (_, open, major) => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await open();
	});
	afterAll(() => database.drop());

	test('is what it says', async () => {
		const { rows } = await database.pool.query<{ server_version_num: string }>('show server_version_num');
		expect(Math.floor(Number(rows[0]?.server_version_num) / 10_000)).toBe(major);
	});

	test('the same people fulfil a condition in memory and in SQL', async () => {
		let some = 0;
		const property = fc.asyncProperty(
			sceneArb(PEOPLE, CONDITIONS_A_RUN),
			async ({ context, people, conditions }) => {
				await seed(database.pool, people);
				for (const where of conditions) {
					const wanted = people.flatMap((person, n) => (isIn(where, person, context) ? [n + 1] : []));
					expect(await idsOf(database.pool, where, context), JSON.stringify(where)).toEqual(wanted);
					if (wanted.length > 0 && wanted.length < people.length) some++;
				}
			}
		);
		await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
		// Conditions that everybody or nobody fulfils show little.
		expect(some).toBeGreaterThan((RUNS * CONDITIONS_A_RUN) / 4);
	}, 120_000);

	describe('in hard cases', () => {
		beforeAll(() =>
			seed(
				database.pool,
				HARD_CASES.map(({ person }) => person)
			)
		);

		test.each(HARD_CASES.map((each, n) => [each.name, each, n + 1] as const))(
			'%s',
			async (_name, { where, person, context, holds }, id) => {
				expect(isIn(where, person, context)).toBe(holds);
				expect((await idsOf(database.pool, where, context)).includes(id)).toBe(holds);
			}
		);
	});

	test('text folds alike, letter by letter', async () => {
		const letters: string[] = [];
		for (let point = 1; point <= 0x10ffff; point++) {
			const letter = String.fromCodePoint(point);
			// What this runtime's Unicode does not know, and private use, fold to themselves.
			if (/[\p{L}\p{M}\p{N}\p{S}]/u.test(letter)) letters.push(letter);
		}
		const { rows } = await database.pool.query<{ folded: string[] }>(
			'select array_agg(fold_text(letter) order by n) as folded from unnest($1::text[]) with ordinality as i (letter, n)',
			[letters]
		);
		expect(letters.filter((letter, n) => fold(letter) !== rows[0]?.folded[n])).toEqual([]);
	});

	test('dates and instants are read alike', async () => {
		const property = fc.asyncProperty(
			fc.array(
				fc.oneof(
					fc.stringMatching(/^[0-9]{4}-[01][0-9]-[0-3][0-9]$/),
					fc.stringMatching(
						/^[0-9]{3}[0-9]-0[1-9]-[0-2][0-9][Tt][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,8})?)?([Zz]|[+-][0-2][0-9]:[0-6][0-9])$/
					),
					fc.constantFrom('2026-03-01\n', '٢٠٢٦-٠٣-٠١', '2026-03-01T09:00:00.Z', 'tomorrow', 'infinity'),
					fc.string()
				),
				{ minLength: 200, maxLength: 200 }
			),
			async (drawn) => {
				const texts = drawn.map((text) => text.replaceAll('\0', '').toWellFormed());
				const { rows } = await database.pool.query<{ day: number | null; instant: number | null }>(
					'select read_day(text) as day, read_instant(text)::float8 as instant from unnest($1::text[]) with ordinality as i (text, n) order by n',
					[texts]
				);
				expect(rows.map(({ day }) => (day === null ? null : day * 86_400_000))).toEqual(texts.map(parseDay));
				expect(rows.map(({ instant }) => instant)).toEqual(texts.map(parseInstant));
			}
		);
		await fc.assert(property, { numRuns: 20, seed: SEED });
	});

	test('a value is never spliced into the statement', async () => {
		const sly = `'); drop table contacts; --`;
		const where: Where = {
			any: [
				{ attribute: 'word', op: '=', value: sly },
				{ attribute: 'word', op: 'matches', value: `\\'\\)` },
				{ event: { name: sly, where: [{ property: sly, op: 'contains', value: sly }] } },
				{ message: { was: 'clicked', link: sly } }
			]
		};
		const context = contextOf(0, { zones: [sly] });
		const { text } = whereToSql(where, context);
		expect(text).not.toContain('drop');
		const { rows } = await database.pool.query<{ count: string }>(countToSql(where, context));
		expect(Number(rows[0]?.count)).toBe(0);
	});

	test('a pattern that is hard to follow is followed in time', async () => {
		await database.pool.query(`update contacts set attributes = $1 where id = 1`, [
			JSON.stringify({ word: `${'abcabc'.repeat(500)}!` })
		]);
		const hard = ['^((a|b|c)+)+$', '((a?){30}){30}x', '(a|^|$){0,9}z', `(${'[^a]*'.repeat(400)})x`];
		for (const value of hard) {
			const where: Where = { attribute: 'word', op: 'matches', value };
			expect(await idsOf(database.pool, where, contextOf(0)), value).not.toContain(1);
		}
	});
});
