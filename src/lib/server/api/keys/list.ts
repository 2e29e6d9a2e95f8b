import { z } from 'zod';
import { listApiKeys } from '../../auth/api-keys.ts';
import { procedure } from '../trpc.ts';

const instant = z.iso.datetime();

/** Every key with who made it and when it was last used; never its secret. */
export const list = procedure('keys.manage')
	.output(
		z.array(
			z.object({
				id: z.string(),
				name: z.string(),
				createdAt: instant,
				createdBy: z.string().nullable(),
				lastUsedAt: instant.nullable(),
				revokedAt: instant.nullable()
			})
		)
	)
	.query(async ({ ctx }) => {
		const keys = await listApiKeys(ctx.app.pool);
		return keys.map((key) => ({
			...key,
			createdAt: key.createdAt.toISOString(),
			lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
			revokedAt: key.revokedAt?.toISOString() ?? null
		}));
	});
