/** The first user: whoever opens a new Stepwell first owns it. */
import { z } from 'zod';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Db, Tx } from '../db/db.ts';
import { locks } from '../db/locks.ts';
import { checkNewPassword } from './new-password.ts';
import { hashPassword, newPassword } from './password.ts';

export const ownerSchema = z.object({
	name: z.string().trim().min(1, 'Write your name.').max(120, 'Use at most 120 characters.'),
	email: z.email('Write an email address, such as you@clinic.example.').max(320),
	password: newPassword
});
export type OwnerInput = z.infer<typeof ownerSchema>;

const SET_UP = 'Stepwell is set up already. Sign in instead.';

export async function hasUsers(db: Db): Promise<boolean> {
	const { rows } = await db.query<{ any: boolean }>('select exists (select from users) as any');
	return rows[0]?.any ?? false;
}

/**
 * Makes the owner and gives their id; `also` is done in the same transaction. Throws `conflict` when there is any user, also one
 * made at the same moment, and `input.invalid` at `/password` for one that anybody would guess.
 */
export async function createOwner(
	app: Pick<App, 'pool' | 'clock'>,
	input: OwnerInput,
	call?: Call,
	also?: (tx: Tx) => Promise<void>
): Promise<number> {
	// Asked before the password is hashed, which costs; and once more below, where it counts.
	if (await hasUsers(app.pool)) throw new ApiError('conflict', SET_UP);
	const fault = await checkNewPassword(input.password, input);
	if (fault) throw new ApiError('input.invalid', fault, { path: '/password' });
	const passwordHash = await hashPassword(input.password);
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		// Two first visits at once would each see no user; the lock lets the second see the first's.
		await tx.query('select pg_advisory_xact_lock($1)', [locks.owner]);
		const { rows } = await tx.query<{ id: number }>(
			`insert into users (email, name, password_hash, role, created_at)
			select $1, $2, $3, 'owner', $4 where not exists (select from users) returning id`,
			[input.email, input.name, passwordHash, new Date(app.clock.now())]
		);
		const owner = rows[0];
		if (!owner) throw new ApiError('conflict', SET_UP);
		await also?.(tx);
		const entry = entriesBy(auditActorOf({ kind: 'user', id: owner.id, name: input.name }), app.clock, call);
		audit(entry({ action: 'workspace.set-up', subject: { kind: 'user', ids: [String(owner.id)] } }));
		return owner.id;
	});
}
