/** What a database holds, read from its own catalogue: no list of tables is kept here that a migration could outgrow. */
import type { Tx } from '../db/db.ts';

export interface Column {
	name: string;
	/** As PostgreSQL spells it: `timestamp with time zone`, `text[]`. */
	type: string;
}

export interface Table {
	name: string;
	/** Without those that PostgreSQL computes. */
	columns: Column[];
	/** The columns of the primary key. */
	key: string[];
	/** The columns that say which partition a row is in; empty for most tables. */
	partitionedBy: string[];
}

export interface Partition {
	name: string;
	parent: string;
	/** As in `create table … partition of … <bound>`, times in UTC. */
	bound: string;
}

export interface Sequence {
	name: string;
	last: number;
	called: boolean;
}

/** Not about the workspace: which processes are alive. */
const ABOUT_PROCESSES: readonly string[] = ['processes', 'worker_beats'];

const TABLES = `select c.relname as name,
	(select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
		from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
	coalesce((select json_agg(a.attname order by k.place) from pg_index i
		cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
		join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
		where i.indrelid = c.oid and i.indisprimary), '[]') as key,
	coalesce((select json_agg(a.attname) from pg_partitioned_table p join pg_attribute a
		on a.attrelid = c.oid and a.attnum = any (p.partattrs::int2[]) where p.partrelid = c.oid), '[]') as "partitionedBy"
	from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
	and c.relname <> all ($1) order by c.relname`;

const PARTITIONS = `select c.relname as name, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound
	from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
	where c.relispartition and c.relkind = 'r' and p.relnamespace = current_schema()::regnamespace order by c.relname`;

/** The tables of the workspace, by name, partitions within their parents. */
export async function listTables(tx: Tx): Promise<Table[]> {
	return (await tx.query<Table>(TABLES, [ABOUT_PROCESSES])).rows;
}

export async function listPartitions(tx: Tx): Promise<Partition[]> {
	return (await tx.query<Partition>(PARTITIONS)).rows;
}

/** Where every sequence stands: never behind the rows of a snapshot taken before. */
export async function listSequences(tx: Tx): Promise<Sequence[]> {
	const { rows } = await tx.query<{ name: string }>(
		`select relname as name from pg_class where relkind = 'S' and relnamespace = current_schema()::regnamespace order by 1`
	);
	const found: Sequence[] = [];
	for (const { name } of rows) {
		const { rows: at } = await tx.query<Omit<Sequence, 'name'>>(
			`select last_value as last, is_called as called from ${quoted(name)}`
		);
		if (at[0]) found.push({ name, ...at[0] });
	}
	return found;
}

/** A name as SQL takes it whatever is in it. */
export function quoted(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

export function listOf(names: readonly string[]): string {
	return names.map(quoted).join(', ');
}

/** A table's rows with its columns in their order; also of a partitioned one, which COPY alone would not read. */
export function copyStatement({ name, columns }: Pick<Table, 'name' | 'columns'>): string {
	return `copy (select ${listOf(columns.map((column) => column.name))} from ${quoted(name)}) to stdout`;
}
