import { z } from 'zod';
import { settleMessage } from '../../tasks/settle-message.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	/** The key of a task of the kind `unknown-message`. */
	id: z.coerce.number().int().positive(),
	/** It arrived; it did not, and is sent again; it did not, and is left unsent. */
	verdict: z.enum(['arrived', 'again', 'left'])
});

/** Says what became of a held message. Nothing is sent again but by this. */
export const settleProcedure = procedure('journeys.publish')
	.input(input)
	.mutation(({ ctx: { app, entry }, input }) => settleMessage(app, input, entry));
