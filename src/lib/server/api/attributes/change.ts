import { inAuditedTransaction } from '../../audit/record.ts';
import { getAttribute, requireFit, writeDefinition } from '../../people/define.ts';
import { loadAttributes } from '../../people/registry.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { definitionInput, definitionOutput, moveValues } from './definition.ts';

/** Changes what an attribute is. Another type only where everybody's value fits; another tag moves the values. */
export const changeProcedure = procedure('attributes.manage')
	.input(definitionInput)
	.output(definitionOutput)
	.mutation(async ({ ctx, input: { key, ...definition } }) => {
		const { app } = ctx;
		const seen = (await loadAttributes(app.pool)).find((attribute) => attribute.key === key);
		if (seen && seen.type !== definition.type) await requireFit(app, key, definition.type);
		const isMoving = await inAuditedTransaction(app.pool, async (tx, audit) => {
			const was = await getAttribute(tx, key);
			if (!was.definedAt)
				throw new ApiError('conflict', 'Nobody has defined this attribute yet.', { path: '/key' });
			const now = { type: definition.type, tag: definition.tag, sensitiveKind: definition.sensitiveKind };
			audit(
				ctx.entry({
					action: 'attribute.change',
					subject: { kind: 'attribute', ids: [key] },
					details: { from: { type: was.type, tag: was.tag, sensitiveKind: was.sensitiveKind }, to: now }
				})
			);
			return writeDefinition(tx, key, definition, was, app.clock.now());
		});
		return isMoving ? moveValues(app, key) : { moved: true };
	});
