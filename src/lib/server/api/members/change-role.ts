import { z } from 'zod';
import { roles } from '../../auth/permissions.ts';
import { changeRole } from '../../members/change-role.ts';
import { procedure } from '../trpc.ts';

/** Gives somebody another role, from their next request on. Nobody changes their own, and an owner is always left. */
export const changeRoleProcedure = procedure('members.manage', { fresh: true })
	.input(z.object({ id: z.number().int().positive(), role: z.enum(roles) }))
	.mutation(({ ctx: { app, actor, entry }, input }) => changeRole(app, actor, input, entry));
