import { z } from 'zod';
import { listAuditActors } from '../../audit/choices.ts';
import { findAuditNames } from '../../audit/names.ts';
import { whoOf } from '../../audit/words.ts';
import { procedure } from '../trpc.ts';

const output = z.array(
	z.object({ kind: z.enum(['user', 'key', 'system']), id: z.string(), name: z.string() })
);

/** Everybody with an entry, by name: people first, then programs, then the product itself. */
export const actors = procedure('audit.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const known = await listAuditActors(app.pool);
		const names = await findAuditNames(
			app.pool,
			known.map(({ kind, id }) => ({ actorKind: kind, actorId: id, subjectKind: null, subjectIds: [] }))
		);
		const named = known.map(({ kind, id, name }) => ({
			kind,
			id,
			name: whoOf({ actorKind: kind, actorId: id, actorName: name ?? null }, names)
		}));
		const order = ['user', 'key', 'system'];
		return named.sort(
			(a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.name.localeCompare(b.name, 'en')
		);
	});
