import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { connectionInput } from '../../auth/sso/config.ts';
import { createConnection } from '../../auth/sso/connections.ts';
import { mustHaveWayBack } from '../../auth/sso/held.ts';
import { procedure } from '../trpc.ts';
import { detailsOf, idSchema } from './connection-schema.ts';

/** Connects an identity provider. The sign-in page offers it from then on. */
export const create = procedure('members.manage', { fresh: true })
	.input(connectionInput)
	.output(z.object({ id: idSchema }))
	.mutation(({ ctx: { app, entry }, input }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			if (input.enforced) await mustHaveWayBack(tx);
			const id = await createConnection(tx, app.secret, input, app.clock.now());
			const subject = { kind: 'sso-connection', ids: [String(id)] };
			audit(entry({ action: 'sso.connection.create', subject, details: detailsOf(input) }));
			return { id };
		})
	);
