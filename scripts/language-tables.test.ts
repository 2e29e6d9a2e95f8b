import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { severities } from '../src/lib/journey/compile/diagnostic.ts';
import { tableNames, tablesIn, withTables } from './language-tables.ts';

const docs = readFileSync('docs/journey-language.md', 'utf8');

test('the docs hold a table of every kind, condition and code, once', () => {
	expect(tablesIn(docs).toSorted()).toEqual(tableNames.toSorted());
});

test('the tables of the docs are those of the schemas; “npm run docs” makes them anew', () => {
	expect(withTables(docs)).toBe(docs);
});

test('every code stands in the docs with its severity', () => {
	for (const [code, severity] of Object.entries(severities))
		expect(docs, code).toContain(`| \`${code}\` | ${severity} |`);
});

test('a mark for a table that is none is told', () => {
	expect(() => withTables('<!-- table wait.moon -->\n<!-- /table -->')).toThrow('wait.moon');
});
