import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { isRecent } from '../../audit/recent.ts';
import { draftSchema } from '../../journeys/draft-document.ts';
import { saveDraft } from '../../journeys/drafts.ts';
import { procedure } from '../trpc.ts';

const input = z.object({ slug: z.string(), revision: z.number().int(), document: draftSchema });

const output = z.object({ revision: z.number(), savedAt: z.string() });

/** A draft saves itself every second: the log has one entry for each person, journey and hour. */
const HOUR = 60 * 60_000;

/** Keeps a draft; answers `draft.stale` when somebody saved another since `revision`. */
export const saveDraftProcedure = procedure('journeys.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx: { app, actor, entry }, input: save }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const saved = await saveDraft(tx, save, actor.kind === 'user' ? actor.id : null, app.clock.now());
			const edit = entry({
				action: 'journey.edit',
				subject: { kind: 'journey', ids: [save.slug] },
				details: { revision: saved.revision }
			});
			if (!(await isRecent(tx, edit, HOUR))) audit(edit);
			return saved;
		})
	);
