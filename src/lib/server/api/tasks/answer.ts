import { z } from 'zod';
import { answerApproval } from '../../tasks/answer-approval.ts';
import { procedure } from '../trpc.ts';
import { getDoer } from './doer.ts';

const input = z.object({
	/** The key of a task of the kind `approval`. */
	id: z.coerce.number().int().positive(),
	answer: z.enum(['approved', 'declined'])
});

/** Answers what a step asks about a person: those whom it names, and owners, may; the first answer counts. */
export const answerProcedure = procedure('tasks.read', { fresh: true })
	.input(input)
	.mutation(async ({ ctx: { app, actor, entry }, input }) =>
		answerApproval(app, await getDoer(app, actor), input, entry)
	);
