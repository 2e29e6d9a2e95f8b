import { z } from 'zod';
import { labelOfAction } from '../../audit/actions.ts';
import { listAuditActions } from '../../audit/choices.ts';
import { procedure } from '../trpc.ts';

/** Every action in the log, in words and in their order. */
export const actions = procedure('audit.read')
	.output(z.array(z.object({ action: z.string(), label: z.string() })))
	.query(async ({ ctx: { app } }) => {
		const codes = await listAuditActions(app.pool);
		return codes
			.map((action) => ({ action, label: labelOfAction(action) }))
			.sort((a, b) => a.label.localeCompare(b.label, 'en'));
	});
