/** What SQL and the runtime make of an enrollment's visits is the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readVisited, writeVisited } from '../../src/lib/runtime/visited.ts';
import { cloneBareDatabase } from '../support/database.ts';

let database: Awaited<ReturnType<typeof cloneBareDatabase>>;
beforeAll(async () => {
	database = await cloneBareDatabase();
});
afterAll(() => database.drop());

test.each(['', 'a', 'a b', 'a:9 ab b:2', 'ab:2 a'])(
	'%j counts the same, and grows the same',
	async (visited) => {
		for (const step of ['a', 'ab', 'b', 'c']) {
			const { rows } = await database.pool.query<{ count: number; grown: string }>(
				'select visits_of($1, $2) as count, with_visit($1, $2) as grown',
				[visited, step]
			);
			const arrivals = readVisited(visited);
			const count = arrivals[step] ?? 0;
			expect(rows[0]).toEqual({ count, grown: writeVisited({ ...arrivals, [step]: count + 1 }) });
		}
	}
);
