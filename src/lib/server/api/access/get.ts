import { accessSettingsSchema, loadAccess } from '../../auth/access-settings.ts';
import { procedure } from '../trpc.ts';

/** How people sign in: whether a password is enough, and how long a session may lie unused. */
export const get = procedure('access.manage')
	.output(accessSettingsSchema)
	.query(({ ctx: { app } }) => loadAccess(app.pool));
