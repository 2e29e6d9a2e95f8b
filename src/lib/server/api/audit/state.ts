import { z } from 'zod';
import { compareWithLast } from '../../audit/checkpoints.ts';
import { describeAuditProtection, findAuditProtection } from '../../audit/protection.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	protection: z.enum(['role', 'superuser', 'triggers', 'none']),
	/** What could be better, for whoever runs the installation. */
	note: z.string().nullable(),
	/** The newest signed checkpoint. */
	checkpoint: z.object({ id: z.number(), at: z.string() }).nullable(),
	/** Says how the log is not what was signed. */
	fault: z.string().nullable()
});

/** How well the log is guarded, and whether it still is what the last checkpoint signed. */
export const state = procedure('audit.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const protection = await findAuditProtection(app.pool);
		const { last, fault } = await compareWithLast(app.pool, app.dataFolder);
		return {
			protection,
			note: describeAuditProtection(protection),
			checkpoint: last && { id: last.id, at: last.at },
			fault: fault?.message ?? null
		};
	});
