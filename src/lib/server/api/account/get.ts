import { z } from 'zod';
import { loadAccess } from '../../auth/access-settings.ts';
import { findFactors } from '../../auth/factors.ts';
import { getWorkspace } from '../settings/workspace.ts';
import { procedure } from '../trpc.ts';
import { personOf } from './own-account.ts';

const instant = z.iso.datetime();
const output = z.object({
	name: z.string(),
	email: z.string(),
	hasPassword: z.boolean(),
	/** Since when there is an authenticator app. */
	authenticatorSince: instant.nullable(),
	passkeys: z.array(
		z.object({ id: z.string(), name: z.string(), createdAt: instant, lastUsedAt: instant.nullable() })
	),
	recoveryCodes: z.number(),
	/** Whether a password alone is not enough here. */
	requiresSecondFactor: z.boolean(),
	/** The workspace's, for the times. */
	zone: z.string()
});

/** One's own account: who one is, and what one signs in with. */
export const get = procedure('account.manage')
	.output(output)
	.query(async ({ ctx: { app, actor } }) => {
		const { id } = personOf(actor);
		const { rows } = await app.pool.query<{ name: string; email: string }>(
			'select name, email from users where id = $1',
			[id]
		);
		const { name = '', email = '' } = rows[0] ?? {};
		const { hasPassword, totpSince, passkeys, recoveryCodes } = await findFactors(app.pool, id);
		return {
			name,
			email,
			hasPassword,
			authenticatorSince: totpSince?.toISOString() ?? null,
			passkeys: passkeys.map((passkey) => ({
				...passkey,
				createdAt: passkey.createdAt.toISOString(),
				lastUsedAt: passkey.lastUsedAt?.toISOString() ?? null
			})),
			recoveryCodes,
			requiresSecondFactor: (await loadAccess(app.pool)).requireSecondFactor,
			zone: (await getWorkspace(app.pool)).timezone
		};
	});
