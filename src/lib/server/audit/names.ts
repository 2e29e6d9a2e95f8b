/** Names for the ids in entries, as they are now. People have none here: the log never says who a person is, only which. */
import type { Db } from '../db/db.ts';
import type { AuditRecord } from './encode.ts';

/** What of an entry has names. */
type Named = Pick<AuditRecord, 'actorKind' | 'actorId' | 'subjectKind' | 'subjectIds'>;

/** Names by kind and id. */
export type AuditNames = ReadonlyMap<string, string>;

const queries: Record<string, string> = {
	user: 'select id::text as id, name from users where id::text = any($1)',
	'api-key': 'select id, name from api_keys where id = any($1)',
	journey: 'select slug as id, name from journeys where slug = any($1)',
	template: 'select slug as id, name from templates where slug = any($1)',
	attribute: 'select key as id, label as name from attributes where key = any($1)'
};

export function nameKey(kind: string, id: string): string {
	return `${kind} ${id}`;
}

/** The names of all that `entries` are about, and of who made them. */
export async function findAuditNames(db: Db, entries: readonly Named[]): Promise<AuditNames> {
	const names = new Map<string, string>();
	for (const [kind, ids] of idsByKind(entries)) {
		const query = Object.hasOwn(queries, kind) ? queries[kind] : undefined;
		if (!query) continue;
		const { rows } = await db.query<{ id: string; name: string }>(query, [[...ids]]);
		for (const { id, name } of rows) names.set(nameKey(kind, id), name);
	}
	return names;
}

function idsByKind(entries: readonly Named[]): Map<string, Set<string>> {
	const ids = new Map<string, Set<string>>();
	const add = (kind: string, id: string) => ids.set(kind, (ids.get(kind) ?? new Set()).add(id));
	for (const { actorKind, actorId, subjectKind, subjectIds } of entries) {
		add(actorKind === 'key' ? 'api-key' : actorKind, actorId);
		if (subjectKind !== null) for (const id of subjectIds) add(subjectKind, id);
	}
	return ids;
}
