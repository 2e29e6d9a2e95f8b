import { z } from 'zod';
import { can, roles } from '../../auth/permissions.ts';
import { listInvitations, listMembers } from '../../members/list.ts';
import { procedure } from '../trpc.ts';

const instant = z.iso.datetime().nullable();

const output = z.object({
	members: z.array(
		z.object({
			id: z.number(),
			name: z.string(),
			email: z.string(),
			role: z.enum(roles),
			lastSeenAt: instant,
			/** Null to whoever doesn't look after how people sign in: it would tell which door is the weakest. */
			hasSecondFactor: z.boolean().nullable(),
			deactivatedAt: instant
		})
	),
	/** For who invites; empty to others. */
	invitations: z.array(
		z.object({
			id: z.string(),
			email: z.string(),
			role: z.enum(roles),
			invitedBy: z.string().nullable(),
			expiresAt: z.iso.datetime()
		})
	)
});

/** Who is in the team, those who can come in first, and who is invited. */
export const list = procedure('members.read')
	.output(output)
	.query(async ({ ctx: { app, actor } }) => {
		const manages = can(actor, 'members.manage');
		const seesFactors = manages || can(actor, 'access.manage');
		const members = await listMembers(app.pool);
		const invitations = manages ? await listInvitations(app.pool) : [];
		return {
			members: members.map((member) => ({
				...member,
				hasSecondFactor: seesFactors ? member.hasSecondFactor : null,
				lastSeenAt: member.lastSeenAt?.toISOString() ?? null,
				deactivatedAt: member.deactivatedAt?.toISOString() ?? null
			})),
			invitations: invitations.map((invitation) => ({
				...invitation,
				expiresAt: invitation.expiresAt.toISOString()
			}))
		};
	});
