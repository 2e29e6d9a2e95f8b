import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { procedure } from '../trpc.ts';
import { saveWorkspace as save, workspaceSchema } from './workspace.ts';

export const saveWorkspace = procedure('settings.manage')
	.input(workspaceSchema)
	.output(z.object({ saved: z.literal(true) }))
	.mutation(({ ctx: { app, entry }, input }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await save(tx, input);
			const subject = { kind: 'settings', ids: ['workspace'] };
			audit(entry({ action: 'settings.workspace.save', subject, fields: Object.keys(input) }));
			return { saved: true as const };
		})
	);
