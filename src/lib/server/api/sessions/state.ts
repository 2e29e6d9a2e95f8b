import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { remainingOf, remainingSchema } from './remaining.ts';

/** How long the session goes on. A page asks it by itself, as no use of the session. */
export const state = procedure('account.manage')
	.output(remainingSchema)
	.query(({ ctx: { app, session } }) => {
		if (!session) throw new ApiError('not-found', 'This call comes with no session.');
		return remainingOf(session, app.clock.now());
	});
