import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import * as schema from './schema.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

const tables = Object.values(schema as Record<string, unknown>).filter((value): value is PgTable =>
	is(value, PgTable)
);

test.each(tables.map((table) => [getTableName(table), table] as const))(
	'%s has the same columns in the migrations and for drizzle',
	async (name, table) => {
		const { rows } = await database.pool.query<{ column_name: string; is_nullable: string }>(
			`select column_name, is_nullable from information_schema.columns where table_name = $1 and table_schema = 'public'`,
			[name]
		);
		const inDatabase = Object.fromEntries(rows.map((row) => [row.column_name, row.is_nullable === 'NO']));
		const inDrizzle = Object.fromEntries(
			Object.values(getTableColumns(table)).map((column) => [column.name, column.notNull])
		);
		expect(inDrizzle).toEqual(inDatabase);
	}
);
