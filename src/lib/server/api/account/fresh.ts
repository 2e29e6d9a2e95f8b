import { z } from 'zod';
import { procedure } from '../trpc.ts';

/** Whether the caller showed their factors lately; refused with `auth.step-up` when not. Asked before a file is fetched, which can't ask. */
export const fresh = procedure('account.manage', { fresh: true })
	.output(z.object({ fresh: z.literal(true) }))
	.query(() => ({ fresh: true as const }));
