import { z } from 'zod';
import { findAudit } from '../../audit/find.ts';
import { findAuditNames } from '../../audit/names.ts';
import { getWorkspace } from '../settings/workspace.ts';
import { procedure } from '../trpc.ts';
import { entryRow, rowOf } from './entry-row.ts';
import { auditFilter, readFilter } from './filter.ts';

const input = auditFilter.extend({
	/** `next` of the page before, for older entries. */
	cursor: z.string().nullable().default(null)
});

const output = z.object({ zone: z.string(), entries: z.array(entryRow), next: z.string().nullable() });

/** What was done and read, newest first, 50 at a time. */
export const list = procedure('audit.read')
	.input(input)
	.output(output)
	.query(async ({ ctx: { app }, input: { cursor, ...filter } }) => {
		const { timezone: zone } = await getWorkspace(app.pool);
		const { entries, next } = await findAudit(app.pool, readFilter(filter, zone), cursor);
		const names = await findAuditNames(app.pool, entries);
		return { zone, next, entries: await Promise.all(entries.map((entry) => rowOf(entry, names, app.vault))) };
	});
