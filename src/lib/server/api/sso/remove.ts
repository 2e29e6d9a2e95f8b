import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { deleteConnection } from '../../auth/sso/connections.ts';
import { procedure } from '../trpc.ts';
import { idSchema } from './connection-schema.ts';

/** Deletes a connection. The accounts that it made stay, and need another way in. */
export const remove = procedure('members.manage', { fresh: true })
	.input(z.object({ id: idSchema }))
	.output(z.object({ removed: z.literal(true) }))
	.mutation(({ ctx: { app, entry }, input: { id } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await deleteConnection(tx, id);
			audit(
				entry({ action: 'sso.connection.delete', subject: { kind: 'sso-connection', ids: [String(id)] } })
			);
			return { removed: true as const };
		})
	);
