import { z } from 'zod';
import { retryEnrollment } from '../../tasks/failed.ts';
import { procedure } from '../trpc.ts';

/** Tries somebody's failed journey again, from where they stood. */
export const retryProcedure = procedure('journeys.publish')
	.input(z.object({ id: z.coerce.number().int().positive() }))
	.mutation(({ ctx: { app, entry }, input: { id } }) => retryEnrollment(app, id, entry));
