import { z } from 'zod';
import { reactivate } from '../../members/deactivate.ts';
import { procedure } from '../trpc.ts';

/** Lets somebody in again, with the password and factors that they had. Keys and invitations that ended stay so. */
export const reactivateProcedure = procedure('members.manage', { fresh: true })
	.input(z.object({ id: z.number().int().positive() }))
	.mutation(({ ctx: { app, actor, entry }, input: { id } }) => reactivate(app, actor, id, entry));
