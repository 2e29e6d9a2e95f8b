import { z } from 'zod';
import { endEnrollment } from '../../tasks/failed.ts';
import { procedure } from '../trpc.ts';

/** Leaves it at a failed journey: the person goes no further in it. */
export const endProcedure = procedure('journeys.publish')
	.input(z.object({ id: z.coerce.number().int().positive() }))
	.mutation(({ ctx: { app, entry }, input: { id } }) => endEnrollment(app, id, entry));
