import { z } from 'zod';
import { retryAsideMany, retryAsideOne, type AsideOutcome } from '../../operations/set-aside.ts';
import { procedure } from '../trpc.ts';

const input = z.union([
	z.object({ id: z.number().int().positive() }),
	z.object({
		reason: z.string().min(1).max(64),
		/** `next` of the call before. */
		after: z.number().int().min(0).default(0)
	})
]);

const output = z.object({
	retried: z.number(),
	/** Those that are not tried, by why: "no longer kept". */
	refused: z.array(z.object({ count: z.number(), why: z.string() })),
	/** For the next call; null when all were tried. */
	next: z.number().nullable()
});

/** Behind how many they are: "2 over, or tried again meanwhile". */
const whys: Record<keyof AsideOutcome['refused'], string> = {
	over: 'over, or tried again meanwhile',
	'event-gone': 'no longer kept',
	replanned: 'planned anew meanwhile, to come at another time',
	'not-live': 'for a journey that is paused: resume it first'
};

/** Tries what was set aside again: one, or the next 100 with a reason. Older events of the same person go along. */
export const retryAsideProcedure = procedure('operations.retry')
	.input(input)
	.output(output)
	.mutation(async ({ ctx: { app, entry }, input }) =>
		tell(
			'id' in input
				? await retryAsideOne(app, input.id, entry)
				: await retryAsideMany(app, input.reason, input.after, entry)
		)
	);

function tell({ refused, ...outcome }: AsideOutcome): z.output<typeof output> {
	const told = Object.entries(refused) as [keyof typeof whys, number][];
	return { ...outcome, refused: told.map(([why, count]) => ({ count, why: whys[why] })) };
}
