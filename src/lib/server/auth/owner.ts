/** The first user: whoever opens a new Stepwell first owns it. */
import { z } from 'zod';
import type pg from 'pg';
import { ApiError } from '../api/errors.ts';
import { inTransaction, type Db } from '../db/db.ts';
import { hashPassword, newPassword } from './password.ts';

const OWNER_LOCK = 7_245_002;

export const ownerSchema = z.object({
	name: z.string().trim().min(1, 'Write your name.').max(120, 'Use at most 120 characters.'),
	email: z.email('Write an email address, such as you@clinic.example.').max(320),
	password: newPassword
});
export type OwnerInput = z.infer<typeof ownerSchema>;

export async function hasUsers(db: Db): Promise<boolean> {
	const { rows } = await db.query<{ any: boolean }>('select exists (select from users) as any');
	return rows[0]?.any ?? false;
}

/** Makes the owner and gives their id. Throws `conflict` when there is any user, also one made at the same moment. */
export async function createOwner(pool: pg.Pool, input: OwnerInput, now: number): Promise<number> {
	const passwordHash = await hashPassword(input.password);
	return inTransaction(pool, async (tx) => {
		// Two first visits at once would each see no user; the lock lets the second see the first's.
		await tx.query('select pg_advisory_xact_lock($1)', [OWNER_LOCK]);
		const { rows } = await tx.query<{ id: number }>(
			`insert into users (email, name, password_hash, role, created_at)
			select $1, $2, $3, 'owner', $4 where not exists (select from users) returning id`,
			[input.email, input.name, passwordHash, new Date(now)]
		);
		const owner = rows[0];
		if (!owner) throw new ApiError('conflict', 'Stepwell is set up already. Sign in instead.');
		return owner.id;
	});
}
