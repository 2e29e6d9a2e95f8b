import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { connectionInput } from '../../auth/sso/config.ts';
import { saveConnection } from '../../auth/sso/connections.ts';
import { mustHaveWayBack } from '../../auth/sso/held.ts';
import { procedure } from '../trpc.ts';
import { detailsOf, idSchema } from './connection-schema.ts';

/** Changes a connection; who is signed in through it stays so. */
export const save = procedure('members.manage', { fresh: true })
	.input(z.object({ id: idSchema, connection: connectionInput }))
	.output(z.object({ saved: z.literal(true) }))
	.mutation(({ ctx: { app, entry }, input: { id, connection } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			if (connection.enforced) await mustHaveWayBack(tx);
			await saveConnection(tx, app.secret, id, connection);
			const subject = { kind: 'sso-connection', ids: [String(id)] };
			audit(entry({ action: 'sso.connection.save', subject, details: detailsOf(connection) }));
			return { saved: true as const };
		})
	);
