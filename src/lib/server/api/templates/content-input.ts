/** A message as the editor sends it. Looser than what is stored: what does not fit is told at its block, by `parseTemplate`. */
import { z } from 'zod';

export const contentInput = z.object({
	subject: z.string().max(10_000),
	preheader: z.string().max(10_000),
	blocks: z.array(z.record(z.string(), z.unknown())).max(1000)
});
