import { router } from '../trpc.ts';
import { changeRoleProcedure } from './change-role.ts';
import { deactivateProcedure } from './deactivate.ts';
import { inviteProcedure } from './invite.ts';
import { list } from './list.ts';
import { reactivateProcedure } from './reactivate.ts';
import { revokeInvitationProcedure } from './revoke-invitation.ts';

export const membersRouter = router({
	changeRole: changeRoleProcedure,
	deactivate: deactivateProcedure,
	invite: inviteProcedure,
	list,
	reactivate: reactivateProcedure,
	revokeInvitation: revokeInvitationProcedure
});
