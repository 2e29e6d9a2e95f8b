import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { mayAs, type Actor, type Role } from '../auth/permissions.ts';
import { beginChange, getMember, mustLeaveOwner } from './team.ts';

/**
 * Gives somebody another role; it holds from their next request on. Invitations that they may make no longer end. Throws ApiError
 * `auth.forbidden` for one's own role, and `conflict` for the last owner's.
 */
export async function changeRole(
	app: App,
	actor: Actor,
	{ id, role }: { id: number; role: Role },
	entry: MakeEntry
): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const self = await beginChange(tx, actor);
		if (self.id === id)
			throw new ApiError('auth.forbidden', 'Nobody changes their own role. Ask another owner.');
		const member = await getMember(tx, id);
		if (role === member.role) return;
		if (role !== 'owner') await mustLeaveOwner(tx, id);
		await tx.query('update users set role = $2 where id = $1', [id, role]);
		if (!mayAs(role, 'members.manage')) await tx.query('delete from invitations where invited_by = $1', [id]);
		const details = { from: member.role, to: role };
		audit(entry({ action: 'member.role', subject: { kind: 'user', ids: [String(id)] }, details }));
	});
}
