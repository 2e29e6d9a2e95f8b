import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { remainingOf, remainingSchema } from './remaining.ts';

/** Somebody is there, reading or drawing, though the page needs nothing of the server: the call itself is the use. */
export const here = procedure('account.manage')
	.output(remainingSchema)
	.mutation(({ ctx: { app, session } }) => {
		if (!session) throw new ApiError('not-found', 'This call comes with no session.');
		return remainingOf(session, app.clock.now());
	});
