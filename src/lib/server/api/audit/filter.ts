/** A filter of the log as it is asked for: days of the workspace's zone, codes, and inner ids. */
import { z } from 'zod';
import type { AuditFilter } from '../../audit/find.ts';
import { instantsOf } from '../reports/range.ts';

const day = z.iso.date('Write a date, such as 2026-03-02.');

export const auditFilter = z.object({
	/** First and last day, both included. */
	from: day.optional(),
	to: day.optional(),
	who: z.object({ kind: z.enum(['user', 'key', 'system']), id: z.string().min(1).max(200) }).optional(),
	action: z.string().min(1).max(200).optional(),
	/** A person's inner id. */
	person: z.number().int().positive().optional()
});
export type AuditFilterInput = z.infer<typeof auditFilter>;

/** The same for a query. */
export function readFilter({ from, to, who, action, person }: AuditFilterInput, zone: string): AuditFilter {
	const { since, until } = instantsOf({ from: from ?? null, to: to ?? null }, zone);
	return {
		...(since && { from: since.getTime() }),
		...(until && { until: until.getTime() }),
		...(who && { actor: who }),
		...(action && { action }),
		...(person && { subject: { kind: 'contact', id: String(person) } })
	};
}
