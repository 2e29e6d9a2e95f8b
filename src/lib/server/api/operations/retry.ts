import { z } from 'zod';
import { retryMany, retryOne, type RetryOutcome } from '../../operations/retry.ts';
import { procedure } from '../trpc.ts';
import { whichSchema } from './which.ts';

const input = z.union([
	z.object({ enrollment: z.number().int().positive() }),
	whichSchema.extend({
		/** `next` of the call before. */
		after: z.number().int().min(0).default(0)
	})
]);

const output = z.object({
	retried: z.number(),
	/** Those that can't be tried again, by why: "had entered the journey again meanwhile". */
	refused: z.array(z.object({ count: z.number(), why: z.string() })),
	/** For the next call; null when all were tried. */
	next: z.number().nullable()
});

/** Behind how many they are: "2 were looked after already". */
const whys: Record<keyof RetryOutcome['refused'], string> = {
	gone: 'were looked after already',
	archived: 'are in a journey that is archived',
	'inside-again': 'entered the journey again meanwhile, and must not be in it twice',
	'too-old': 'failed in an older version, which did not keep how they stood',
	newer: 'run on a version that only a newer Stepwell knows'
};

/** Tries stopped people again from where they stood: one, or the next 100 of a group or of a journey. */
export const retryProcedure = procedure('operations.retry')
	.input(input)
	.output(output)
	.mutation(async ({ ctx: { app, entry }, input }) => {
		if ('enrollment' in input) return tell(await retryOne(app, input.enrollment, entry));
		const { after, ...which } = input;
		return tell(await retryMany(app, which, after, entry));
	});

function tell({ refused, ...outcome }: RetryOutcome): z.output<typeof output> {
	const told = Object.entries(refused) as [keyof typeof whys, number][];
	return { ...outcome, refused: told.map(([why, count]) => ({ count, why: whys[why] })) };
}
