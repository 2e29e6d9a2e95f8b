/** What the law asks about a send step whose config may be unfinished. */
import { z } from 'zod';

const purposes = ['treatment', 'operations', 'marketing'] as const;
export type Purpose = (typeof purposes)[number];

const factsSchema = z.object({
	purpose: z.enum(purposes).catch('operations'),
	remuneration: z.enum(['none', 'inKind', 'financial']).optional().catch(undefined),
	costRelated: z.boolean().optional().catch(undefined)
});

export function sendFacts(config: Record<string, unknown>): z.infer<typeof factsSchema> {
	return factsSchema.parse(config);
}

export function purposeOf(config: Record<string, unknown>): Purpose {
	return sendFacts(config).purpose;
}
