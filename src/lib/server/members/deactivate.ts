/** Ends at once all by which somebody comes in or acts, and lets them in again. Their row stays: what they did refers to it. */
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Actor } from '../auth/permissions.ts';
import type { Tx } from '../db/db.ts';
import { beginChange, getMember, mustLeaveOwner } from './team.ts';

// What ends with an account, by the name that its number has in the audit entry. $1: whose; $2: now.
const deleted: Record<string, string> = {
	sessions: 'delete from sessions where user_id = $1',
	invitations: 'delete from invitations where invited_by = $1',
	resets: 'delete from password_resets where user_id = $1',
	ceremonies: 'delete from ceremonies where user_id = $1',
	tasks: 'update task_notes set assigned_to = null where assigned_to = $1'
};
const ended: Record<string, string> = {
	keys: 'update api_keys set revoked_at = $2 where created_by = $1 and revoked_at is null',
	emergencies: 'update emergencies set ends_at = $2 where user_id = $1 and ends_at > $2',
	notices: `update notices set state = 'withdrawn', decided_at = $2 where user_id = $1 and state = 'queued'`
};

/**
 * Deactivates somebody. Throws ApiError `auth.forbidden` for oneself and `conflict` for the last owner, or somebody who is
 * deactivated already.
 */
export async function deactivate(app: App, actor: Actor, id: number, entry: MakeEntry): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const self = await beginChange(tx, actor);
		if (self.id === id)
			throw new ApiError('auth.forbidden', 'Nobody deactivates themselves. Ask another owner.');
		const member = await getMember(tx, id);
		if (member.deactivatedAt) throw new ApiError('conflict', `${member.name} is deactivated already.`);
		await mustLeaveOwner(tx, id);
		const now = new Date(app.clock.now());
		// First, so that whoever makes something in their name waits for this, or is waited for: `mustBeActive`.
		await tx.query('update users set deactivated_at = $2 where id = $1', [id, now]);
		const details = await endAll(tx, id, now);
		audit(entry({ action: 'member.deactivate', subject: { kind: 'user', ids: [String(id)] }, details }));
	});
}

/** Lets somebody in again, with the password and factors they had; they sign in anew. Throws ApiError `conflict`. */
export async function reactivate(app: App, actor: Actor, id: number, entry: MakeEntry): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		await beginChange(tx, actor);
		const member = await getMember(tx, id);
		if (!member.deactivatedAt) throw new ApiError('conflict', `${member.name} is active already.`);
		// A sign-in that was under way may have left something behind since.
		await endAll(tx, id, new Date(app.clock.now()));
		await tx.query('update users set deactivated_at = null where id = $1', [id]);
		audit(entry({ action: 'member.reactivate', subject: { kind: 'user', ids: [String(id)] } }));
	});
}

async function endAll(tx: Tx, id: number, now: Date): Promise<Record<string, number>> {
	const counts: Record<string, number> = {};
	const count = async (name: string, statement: string, values: unknown[]) => {
		const { rowCount } = await tx.query(statement, values);
		if (rowCount) counts[name] = rowCount;
	};
	for (const [name, statement] of Object.entries(deleted)) await count(name, statement, [id]);
	for (const [name, statement] of Object.entries(ended)) await count(name, statement, [id, now]);
	return counts;
}
