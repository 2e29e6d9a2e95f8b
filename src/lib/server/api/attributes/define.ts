import { inAuditedTransaction } from '../../audit/record.ts';
import { findAttribute, requireFit, writeDefinition } from '../../people/define.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { definitionInput, definitionOutput, moveValues } from './definition.ts';

/** Says what an attribute is that came in unknown, or that will come. Values that it can't hold keep it undefined. */
export const defineProcedure = procedure('attributes.manage')
	.input(definitionInput)
	.output(definitionOutput)
	.mutation(async ({ ctx, input: { key, ...definition } }) => {
		await requireFit(ctx.app, key, definition.type);
		const isMoving = await inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const was = await findAttribute(tx, key);
			if (was?.definedAt)
				throw new ApiError('conflict', 'This attribute is defined already.', { path: '/key' });
			const { type, tag, sensitiveKind } = definition;
			audit(
				ctx.entry({
					action: 'attribute.define',
					subject: { kind: 'attribute', ids: [key] },
					details: { type, tag, sensitiveKind }
				})
			);
			return writeDefinition(tx, key, definition, was, ctx.app.clock.now());
		});
		return isMoving ? moveValues(ctx.app, key) : { moved: true };
	});
