/** How well the database itself guards the log. The chain and the checkpoints hold without it; they tell, it prevents. */
import type { Db } from '../db/db.ts';

/**
 * `role`: our database user can add and read, no more. `superuser`: it could do anything. `triggers`: it owns the log, and only the triggers refuse. `none`: the triggers are switched off.
 */
export type AuditProtection = 'role' | 'superuser' | 'triggers' | 'none';

const TRIGGERS = 2;

export async function findAuditProtection(db: Db): Promise<AuditProtection> {
	const { rows } = await db.query<{ is_super: boolean; may_change: boolean; triggers: number }>(
		`select rolsuper as is_super, has_table_privilege('audit_log', 'update, delete, truncate, trigger') as may_change,
			(select count(*) from pg_trigger where tgrelid = 'audit_log'::regclass and tgenabled = 'A')::int as triggers
		 from pg_roles where rolname = current_user`
	);
	const [found] = rows;
	if (!found || found.triggers < TRIGGERS) return 'none';
	if (found.is_super) return 'superuser';
	return found.may_change ? 'triggers' : 'role';
}

const sentences: Record<AuditProtection, string | null> = {
	role: null,
	superuser:
		'The database user is a superuser, so it could change the audit log. Keep the checkpoints on another machine: they would show it.',
	triggers:
		"The database user owns the audit log and may not create roles, so only triggers guard it. To guard it better, let an administrator of the database run: select protect_audit_log('<database user>')",
	none: 'The triggers that guard the audit log are switched off. Somebody with rights over the database did that.'
};

/** A note for the start, for whoever runs the installation; null when there is nothing to say. */
export function describeAuditProtection(protection: AuditProtection): string | null {
	return sentences[protection];
}
