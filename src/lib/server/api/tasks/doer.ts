import type { App } from '../../app.ts';
import type { Actor } from '../../auth/permissions.ts';
import { findDoer, type Doer } from '../../tasks/doer.ts';
import { ApiError } from '../errors.ts';

/** Who calls, as one who does tasks. Throws ApiError `auth.forbidden` for a program. */
export async function getDoer(app: App, actor: Actor): Promise<Doer> {
	const doer = await findDoer(app.pool, actor);
	if (!doer) throw new ApiError('auth.forbidden', 'Tasks are for people.');
	return doer;
}
