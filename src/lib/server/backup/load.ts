/**
 * Fills an empty database with a whole workspace, in one transaction: until it commits nothing is there, however it ends. Rows come
 * in by COPY while foreign keys and indexes are away; both are made anew over all of them, so what does not fit together fails.
 */
import type { Tx } from '../db/db.ts';
import { StartError } from '../db/start-error.ts';
import {
	copyStatement,
	listOf,
	listTables,
	quoted,
	type Column,
	type Partition,
	type Sequence,
	type Table
} from './catalogue.ts';
import { copyIn, copyOut } from './copy.ts';
import { counted, RowsDigest, type RowsMeasure } from './rows-digest.ts';
import { migrateTo, type Migrations } from './schema-version.ts';

/** Rows to come, in COPY's text format. */
export interface RowsSource {
	name: string;
	columns: Column[];
	/** Throws at its end when the rows were not those that were promised. */
	read(): AsyncIterable<Buffer>;
}

export interface Workspace {
	migrations: Migrations;
	tables: RowsSource[];
	partitions: Partition[];
	sequences: Sequence[];
}

/** Told of each phase as it begins. */
export type Tell = (phase: string) => void;

/** Throws a StartError when the database has any table of ours. A job queue without jobs may be there. */
export async function requireEmpty(tx: Tx): Promise<void> {
	const { rows } = await tx.query<{ tables: number }>(
		`select count(*)::int as tables from pg_class c where c.relkind in ('r', 'p')
		 and (c.relnamespace = current_schema()::regnamespace or c.relnamespace = to_regnamespace('drizzle'))`
	);
	if (rows[0]?.tables)
		throw new StartError(
			'The database is not empty, and nothing is ever put over what is there. Use an empty one: name another folder with STEPWELL_DATA, or another database with DATABASE_URL.'
		);
}

/** Loads `workspace`, reads every row back and compares. Gives how many rows there are. */
export async function loadWorkspace(
	tx: Tx,
	folder: string,
	workspace: Workspace,
	tell: Tell
): Promise<number> {
	tell('Making the tables');
	await migrateTo(tx, folder, workspace.migrations);
	const tables = await listTables(tx);
	const pairs = workspace.tables.map((source) => [source, matchTable(tables, source)] as const);
	await makePartitions(tx, workspace.partitions);
	const indexes = await takeAway(tx, INDEXES);
	const references = await takeAway(tx, REFERENCES);
	tell('Loading the rows');
	const sent = new Map<string, RowsMeasure>();
	for (const [source, table] of pairs) sent.set(table.name, await loadTable(tx, source));
	tell('Making the indexes');
	for (const statement of [...indexes, ...references]) await tx.query(statement);
	await setSequences(tx, workspace.sequences);
	tell('Comparing row by row');
	return compareAll(
		tx,
		pairs.map(([, table]) => table),
		sent
	);
}

function matchTable(tables: readonly Table[], { name, columns }: RowsSource): Table {
	const table = tables.find((each) => each.name === name);
	const typeByName = new Map(table?.columns.map((column) => [column.name, column.type]));
	const isSame =
		typeByName.size === columns.length && columns.every((each) => typeByName.get(each.name) === each.type);
	if (!table || !isSame)
		throw new StartError(
			`The table ${name} is not as this version of Stepwell makes it. Nothing was restored.`
		);
	return { ...table, columns };
}

async function makePartitions(tx: Tx, partitions: readonly Partition[]): Promise<void> {
	for (const { name, parent, bound } of partitions)
		await tx.query(`create table if not exists ${quoted(name)} partition of ${quoted(parent)} ${bound}`);
}

// Both give a statement that takes something away and one that makes it again. On a partitioned table both are for all parts, but
// an index is spelled as if for its head alone (`on only`).
const INDEXES = `select format('drop index %I', c.relname) as away, regexp_replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') as back
	from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
	where t.relnamespace = current_schema()::regnamespace and not c.relispartition and pg_has_role(t.relowner, 'usage')
	and not exists (select from pg_constraint k where k.conindid = c.oid) order by c.relname`;
const REFERENCES = `select format('alter table %I drop constraint %I', t.relname, k.conname) as away,
	format('alter table %I add constraint %I %s', t.relname, k.conname, pg_get_constraintdef(k.oid)) as back
	from pg_constraint k join pg_class t on t.oid = k.conrelid
	where k.contype = 'f' and k.conparentid = 0 and t.relnamespace = current_schema()::regnamespace order by k.conname`;

async function takeAway(tx: Tx, listing: string): Promise<string[]> {
	const { rows } = await tx.query<{ away: string; back: string }>(listing);
	for (const { away } of rows) await tx.query(away);
	return rows.map(({ back }) => back);
}

async function loadTable(tx: Tx, { name, columns, read }: RowsSource): Promise<RowsMeasure> {
	// A migration may have left rows of its own there; the workspace has its own of them.
	const { rows } = await tx.query<{ some: boolean }>(`select exists (select from ${quoted(name)}) as some`);
	if (rows[0]?.some) await tx.query(`delete from ${quoted(name)}`);
	const digest = new RowsDigest();
	const statement = `copy ${quoted(name)} (${listOf(columns.map((column) => column.name))}) from stdin`;
	await copyIn(tx, statement, counted(read(), digest));
	return digest.measure();
}

async function setSequences(tx: Tx, sequences: readonly Sequence[]): Promise<void> {
	for (const { name, last, called } of sequences)
		await tx.query('select setval(quote_ident($1)::regclass, $2, $3)', [name, last, called]);
}

async function compareAll(tx: Tx, tables: readonly Table[], sent: Map<string, RowsMeasure>): Promise<number> {
	let all = 0;
	for (const table of tables) {
		const found = await measureTable(tx, table);
		const wanted = sent.get(table.name);
		if (found.rows !== wanted?.rows || found.digest !== wanted.digest)
			throw new Error(`The rows of ${table.name} are not what was loaded: ${found.rows} of ${wanted?.rows}.`);
		all += found.rows;
	}
	return all;
}

/** Counts and adds up a table's rows, as `RowsDigest` does. */
export async function measureTable(tx: Tx, table: Pick<Table, 'name' | 'columns'>): Promise<RowsMeasure> {
	const digest = new RowsDigest();
	for await (const piece of copyOut(tx, copyStatement(table))) digest.add(piece);
	return digest.measure();
}
