import { z } from 'zod';
import { TRIP_REASONS } from '../../../text/breaker.ts';

/** Why the breaker holds a journey. `at` is ISO 8601. */
export const shownTrip = z.object({
	at: z.string(),
	reason: z.enum(TRIP_REASONS),
	counted: z.number(),
	total: z.number().nullable(),
	allowed: z.number()
});
