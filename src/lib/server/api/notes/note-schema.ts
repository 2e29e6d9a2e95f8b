import { z } from 'zod';

export const noteSchema = z.object({
	id: z.number(),
	at: z.number(),
	journey: z.object({ slug: z.string(), name: z.string() }),
	step: z.string(),
	isRead: z.boolean()
});
