import { z } from 'zod';
import { roles } from '../../auth/permissions.ts';
import { emailAddress } from '../../mail/settings.ts';
import { invite } from '../../members/invite.ts';
import { procedure } from '../trpc.ts';

/** Invites an address by mail; a link that it had before ends. The answer is the only place where the link is shown. */
export const inviteProcedure = procedure('members.manage', { fresh: true })
	.input(z.object({ email: emailAddress, role: z.enum(roles) }))
	.output(
		z.object({
			id: z.string(),
			link: z.string(),
			expiresAt: z.iso.datetime(),
			/** False where no mail server took it: the link has to be handed over. */
			isMailed: z.boolean()
		})
	)
	.mutation(async ({ ctx: { app, actor, entry }, input }) => {
		const { expiresAt, ...invited } = await invite(app, actor, input, entry);
		return { ...invited, expiresAt: expiresAt.toISOString() };
	});
