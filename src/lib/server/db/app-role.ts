/**
 * Whom the product works as in its own database: a role that owns everything but the audit log, and is no superuser. So
 * nothing that runs through the product's connections, not even SQL that somebody smuggled in, changes what the log says.
 */
import pg from 'pg';

export const APP_ROLE = 'stepwell_app';
const DATABASE = 'stepwell';

/**
 * Makes the database and the role where they are missing, and hands over what an older Stepwell made as superuser.
 * `urlOf` gives the superuser's connection string of a database.
 */
export async function prepareAppRole(urlOf: (database: string) => string): Promise<void> {
	await withClient(urlOf('postgres'), async (client) => {
		if (!(await isThere(client, 'select from pg_roles where rolname = $1', APP_ROLE)))
			await client.query(`create role ${APP_ROLE} login`);
		if (!(await isThere(client, 'select from pg_database where datname = $1', DATABASE)))
			await client.query(`create database ${DATABASE} owner ${APP_ROLE}`);
		await client.query(`alter database ${DATABASE} owner to ${APP_ROLE}`);
	});
	await withClient(urlOf(DATABASE), async (client) => {
		const { rows } = await client.query<{ statement: string }>(OWNED_BY_ME, [APP_ROLE]);
		for (const { statement } of rows) await client.query(statement);
	});
}

/** Takes the audit log out of the role's hands but for adding and reading; after the migrations. Safe to call again. */
export async function protectAuditLog(urlOf: (database: string) => string): Promise<void> {
	await withClient(urlOf(DATABASE), (client) => client.query('select protect_audit_log($1)', [APP_ROLE]));
}

async function isThere(client: pg.Client, text: string, name: string): Promise<boolean> {
	return (await client.query(text, [name])).rowCount !== 0;
}

// Names come from the catalogue, quoted by PostgreSQL itself. What is part of another object goes along with it.
const OWNED_BY_ME = `
with rooms as (
	select oid, nspname from pg_namespace where nspname in ('public', 'drizzle', 'graphile_worker')
), me as (
	select oid from pg_roles where rolname = current_user
)
select format('alter schema %I owner to %I', nspname, $1::text) as statement from rooms
union all
select format('alter table %s owner to %I', c.oid::regclass, $1) from pg_class c join rooms r on r.oid = c.relnamespace
where c.relowner = (select oid from me) and (c.relkind in ('r', 'p', 'v', 'm') or (c.relkind = 'S' and not exists (
	select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
)))
union all
select format('alter routine %s owner to %I', p.oid::regprocedure, $1) from pg_proc p join rooms r on r.oid = p.pronamespace
where p.proowner = (select oid from me)
union all
select format('alter type %s owner to %I', t.oid::regtype, $1) from pg_type t join rooms r on r.oid = t.typnamespace
left join pg_class c on c.oid = t.typrelid
where t.typowner = (select oid from me) and t.typelem = 0 and (t.typrelid = 0 or c.relkind = 'c')`;

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		await work(client);
	} finally {
		await client.end();
	}
}
