// `npm run docs`: makes the tables of the docs anew from the schemas.
import { readFileSync, writeFileSync } from 'node:fs';
import { withTables } from './language-tables.ts';

const file = 'docs/journey-language.md';
writeFileSync(file, withTables(readFileSync(file, 'utf8')));
