import { z } from 'zod';

export const caughtMailSchema = z.object({
	id: z.number(),
	channel: z.enum(['email', 'text', 'call']),
	caughtAt: z.number(),
	from: z.string(),
	to: z.string(),
	subject: z.string(),
	contactId: z.number().nullable(),
	journey: z.object({ slug: z.string(), name: z.string() }).nullable()
});
