/** Who may set up what: a connection that can make somebody an owner is for owners alone. */
import { ApiError } from '../../api/errors.ts';
import type { Actor } from '../permissions.ts';
import type { Connection } from './connections.ts';

/**
 * Throws ApiError `auth.forbidden` for somebody else's change of a connection that gives the role owner, before the change or
 * after it: whoever points it at a provider of their own would make themselves one.
 */
export function mustMayChange(actor: Actor, ...configs: readonly Connection['config'][]): void {
	if (actor.kind === 'user' && actor.role === 'owner') return;
	if (configs.some(givesOwner))
		throw new ApiError('auth.forbidden', 'Only an owner may set up a sign-in that makes people owners.');
}

function givesOwner({ groups, defaultRole }: Connection['config']): boolean {
	return defaultRole === 'owner' || groups.some(({ role }) => role === 'owner');
}
