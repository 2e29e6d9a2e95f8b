import { z } from 'zod';
import { can } from '../../auth/permissions.ts';
import { ATTRIBUTE_TAGS, loadAttributes, SENSITIVE_KINDS } from '../../people/registry.ts';
import { procedure } from '../trpc.ts';
import { typeSchema } from './definition.ts';

const output = z.object({
	attributes: z.array(
		z.object({
			key: z.string(),
			label: z.string(),
			type: typeSchema,
			tag: z.enum(ATTRIBUTE_TAGS),
			sensitiveKind: z.enum(SENSITIVE_KINDS).nullable(),
			/** Null while it is in quarantine: it came with somebody, and nobody has said what it is. */
			definedAt: z.string().nullable(),
			/** Whether its values are being moved to where the tag says. */
			retagging: z.boolean()
		})
	),
	mayManage: z.boolean()
});

/** Everything that people can have, by label. */
export const listProcedure = procedure('contacts.read')
	.output(output)
	.query(async ({ ctx: { app, actor } }) => ({
		attributes: (await loadAttributes(app.pool)).map((attribute) => ({
			...attribute,
			definedAt: attribute.definedAt?.toISOString() ?? null
		})),
		mayManage: can(actor, 'attributes.manage')
	}));
