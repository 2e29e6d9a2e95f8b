/** Calls procedures in process as somebody of a role. */
import { callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import type { Role } from '../../src/lib/server/auth/permissions.ts';

export function callAs(app: App, role: Role, id = 1, provedAt = Infinity): ReturnType<typeof callerFor> {
	const actor = { kind: 'user' as const, id, name: `A ${role}`, role, provedAt };
	return callerFor({ app, actor, call: { ip: '192.0.2.7', requestId: 'request-1' } });
}

export interface AuditTold {
	actor: string | null;
	action: string;
	subject: string[];
	fields: string[];
	reason: string | null;
	reasonSealed: Buffer | null;
	details: Record<string, unknown>;
}

/** What the log was told since the last time that this was asked. */
export function auditReader({ pool }: Pick<App, 'pool'>): () => Promise<AuditTold[]> {
	let last = 0;
	return async () => {
		const { rows } = await pool.query<AuditTold & { id: number }>(
			`select id, actor_name as actor, action, subject_ids as subject, fields, reason, reason_sealed as "reasonSealed", details
			from audit_log where id > $1 order by id`,
			[last]
		);
		last = rows.at(-1)?.id ?? last;
		return rows.map(({ id: _, ...told }) => told);
	};
}
