import { z } from 'zod';
import { deactivate } from '../../members/deactivate.ts';
import { procedure } from '../trpc.ts';

/** Ends all by which somebody comes in. It closes doors and opens none, so it asks for no factors. */
export const deactivateProcedure = procedure('members.manage')
	.input(z.object({ id: z.number().int().positive() }))
	.mutation(({ ctx: { app, actor, entry }, input: { id } }) => deactivate(app, actor, id, entry));
