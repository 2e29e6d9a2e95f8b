import type { Actor, UserActor } from '../../auth/permissions.ts';
import { ApiError } from '../errors.ts';

/** Who calls, as one who gets mail. Throws ApiError `auth.forbidden` for a program. */
export function getPerson(actor: Actor): UserActor {
	if (actor.kind !== 'user') throw new ApiError('auth.forbidden', 'Notifications are for people.');
	return actor;
}
