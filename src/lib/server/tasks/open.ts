/** The open tasks that somebody may do, read from the facts behind them. */
import type { Db } from '../db/db.ts';
import { kindsFor, type Doer } from './doer.ts';
import type { OpenTask, TaskKind, TaskKindName } from './kind.ts';

/** So many of a kind are shown; the others come up as these are done. */
export const SHOWN_OF_A_KIND = 50;

export interface OpenOfKind {
	kind: TaskKindName;
	/** The most urgent first, at most 50. */
	tasks: OpenTask[];
	/** How many there are in all. */
	total: number;
}

// $1: the doer's names, or null for an owner, whom nobody must name.
const IS_ASKED = `($1::text[] is null or o.decides is null
	or exists (select from unnest(o.decides) as d (name) where lower(btrim(d.name)) = any($1)))`;

function namesOf({ actor, names }: Doer): readonly string[] | null {
	return actor.role === 'owner' ? null : names;
}

const listOf = ({
	kind,
	open
}: TaskKind) => `select '${kind}' as kind, o.key, o.contact_id as "contactId", o.version_id as "versionId", o.step,
	o.since, o.until, o.decides, o.detail, n.assigned_to as "assignedTo", n.due_at as "dueAt", (count(*) over ())::int as total
	from (${open}) o left join task_notes n on n.kind = '${kind}' and n.key = o.key
	where ${IS_ASKED} and ($2::int is null or n.assigned_to = $2) and ($3::text is null or o.key = $3)
	order by least(n.due_at, o.until) nulls last, o.since, o.key limit $4`;

async function readKind(
	db: Db,
	doer: Doer,
	kind: TaskKind,
	only: { assignedTo?: number; key?: string; limit: number }
): Promise<OpenOfKind> {
	const { rows } = await db.query<OpenTask & { total: number }>(listOf(kind), [
		namesOf(doer),
		only.assignedTo ?? null,
		only.key ?? null,
		only.limit
	]);
	return {
		kind: kind.kind,
		tasks: rows.map(({ total: _, ...task }) => task),
		total: rows[0]?.total ?? 0
	};
}

/** All kinds that have any, in their order; with `isMine` only what is assigned to the doer. */
export async function listOpenTasks(db: Db, doer: Doer, isMine: boolean): Promise<OpenOfKind[]> {
	const only = { limit: SHOWN_OF_A_KIND, ...(isMine && { assignedTo: doer.actor.id }) };
	const kinds: OpenOfKind[] = [];
	for (const kind of kindsFor(doer)) kinds.push(await readKind(db, doer, kind, only));
	return kinds.filter(({ total }) => total > 0);
}

/** One that is open and that the doer may do; undefined otherwise. */
export async function findOpenTask(
	db: Db,
	doer: Doer,
	{ kind, key }: { kind: TaskKindName; key: string }
): Promise<OpenTask | undefined> {
	const found = kindsFor(doer).find((each) => each.kind === kind);
	return found && (await readKind(db, doer, found, { key, limit: 1 })).tasks[0];
}

// More is "many" to whoever looks at the menu, and every page asks.
const COUNTED_OF_A_KIND = 100;

/** How many tasks the doer may do, counting at most 100 of a kind. */
export async function countOpenTasks(db: Db, doer: Doer): Promise<number> {
	const counts = kindsFor(doer).map(
		({ open }) =>
			`(select count(*) from (select from (${open}) o where ${IS_ASKED} limit ${COUNTED_OF_A_KIND}) c)`
	);
	const { rows } = await db.query<{ n: number }>(`select (${counts.join(' + ')})::int as n`, [namesOf(doer)]);
	return rows[0]?.n ?? 0;
}
