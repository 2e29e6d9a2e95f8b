import { z } from 'zod';
import { listApiKeys } from '../../auth/api-keys.ts';
import { procedure } from '../trpc.ts';

const keys = z.array(
	z.object({
		id: z.string(),
		name: z.string(),
		createdAt: z.date(),
		createdBy: z.string().nullable(),
		lastUsedAt: z.date().nullable(),
		revokedAt: z.date().nullable()
	})
);

/** Every key with who made it and when it was last used; never its secret. */
export const list = procedure('keys.manage')
	.output(keys)
	.query(({ ctx }) => listApiKeys(ctx.app.pool));
