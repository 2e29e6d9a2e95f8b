import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import type { AuditFilter } from '../../audit/find.ts';
import { getWorkspace } from '../settings/workspace.ts';
import { procedure } from '../trpc.ts';
import { auditFilter, readFilter, type AuditFilterInput } from './filter.ts';

const input = z.object({ format: z.enum(['jsonl', 'csv']), filter: auditFilter.default({}) });

/** Records that entries are taken out, and with which filter; answers what to read them with. `/audit/export` streams them. */
export const exportProcedure = procedure('audit.read', { fresh: true })
	.input(input)
	.output(z.object({ filter: z.custom<AuditFilter>() }))
	.mutation(({ ctx: { app, entry }, input: { format, filter } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const { timezone } = await getWorkspace(tx);
			const { person } = filter;
			audit(
				entry({
					action: 'audit.export',
					...(person && { subject: { kind: 'contact', ids: [String(person)] } }),
					details: { format, ...detailsOf(filter) }
				})
			);
			return { filter: readFilter(filter, timezone) };
		})
	);

function detailsOf({ from, to, who, action }: AuditFilterInput): Record<string, string> {
	return {
		...(from && { from }),
		...(to && { to }),
		...(who && { who: `${who.kind}:${who.id}` }),
		...(action && { action })
	};
}
