/** What a filter of the log can offer: who is in it, and which actions. Each found by an index, however long the log is. */
import type { Db } from '../db/db.ts';
import type { AuditActor, AuditActorKind } from './entry.ts';

/** Everybody with an entry, with their newest name in the log. */
export async function listAuditActors(db: Db): Promise<AuditActor[]> {
	const { rows } = await db.query<{ kind: AuditActorKind; id: string; name: string | null }>(
		`with recursive actors as (
			(select actor_kind, actor_id from audit_log order by actor_kind, actor_id limit 1)
			union all
			select next.actor_kind, next.actor_id from actors, lateral (
				select actor_kind, actor_id from audit_log
				where (actor_kind, actor_id) > (actors.actor_kind, actors.actor_id)
				order by actor_kind, actor_id limit 1
			) as next
		)
		select actor_kind as kind, actor_id as id, (
			select actor_name from audit_log as entry
			where entry.actor_kind = actors.actor_kind and entry.actor_id = actors.actor_id
			order by at desc, id desc limit 1
		) as name
		from actors`
	);
	return rows;
}

/** The code of each action in the log. */
export async function listAuditActions(db: Db): Promise<string[]> {
	const { rows } = await db.query<{ action: string }>(
		`with recursive actions as (
			(select action from audit_log order by action limit 1)
			union all
			select next.action from actions, lateral (
				select action from audit_log where action > actions.action order by action limit 1
			) as next
		)
		select action from actions`
	);
	return rows.map(({ action }) => action);
}
