import { z } from 'zod';
import { procedure } from '../trpc.ts';
import { saveWorkspace as save, workspaceSchema } from './workspace.ts';

export const saveWorkspace = procedure('settings.manage')
	.input(workspaceSchema)
	.output(z.object({ saved: z.literal(true) }))
	.mutation(async ({ ctx, input }) => {
		await save(ctx.app.pool, input);
		return { saved: true };
	});
