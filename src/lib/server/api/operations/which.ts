import { z } from 'zod';

/** Stopped people as a call names them: those of a journey, or only those at a step, or with a reason. */
export const whichSchema = z.object({
	journey: z.string().min(1).max(200),
	step: z.string().max(64).optional(),
	reason: z.string().max(200).optional()
});
