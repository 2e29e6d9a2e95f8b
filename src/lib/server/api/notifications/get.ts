import { z } from 'zod';
import { kindsFor, loadChoices, NOTIFICATION_KINDS } from '../../mail/notifications.ts';
import { procedure } from '../trpc.ts';
import { getPerson } from './person.ts';

/** Which mails the caller's role can get, and whether they want each. */
export const get = procedure('account.manage')
	.output(z.array(z.object({ kind: z.enum(NOTIFICATION_KINDS), isWanted: z.boolean() })))
	.query(async ({ ctx: { app, actor } }) => {
		const { id, role } = getPerson(actor);
		const choices = await loadChoices(app.pool, id);
		return kindsFor(role).map((kind) => ({ kind, isWanted: choices[kind] ?? true }));
	});
