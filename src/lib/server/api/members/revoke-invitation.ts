import { z } from 'zod';
import { revokeInvitation } from '../../members/invite.ts';
import { procedure } from '../trpc.ts';

/** Ends an invitation before it is accepted. */
export const revokeInvitationProcedure = procedure('members.manage')
	.input(z.object({ id: z.string().max(100) }))
	.mutation(({ ctx: { app, actor, entry }, input: { id } }) => revokeInvitation(app, actor, id, entry));
