import { z } from 'zod';
import { draftSchema } from '../../journeys/draft-document.ts';
import { saveDraft } from '../../journeys/drafts.ts';
import { procedure } from '../trpc.ts';

const input = z.object({ slug: z.string(), revision: z.number().int(), document: draftSchema });

const output = z.object({ revision: z.number(), savedAt: z.string() });

/** Keeps a draft; answers `draft.stale` when somebody saved another since `revision`. */
export const saveDraftProcedure = procedure('journeys.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx, input: save }) =>
		saveDraft(ctx.app.pool, save, ctx.actor.kind === 'user' ? ctx.actor.id : null, ctx.app.clock.now())
	);
