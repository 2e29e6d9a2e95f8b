import { z } from 'zod';
import { showQuestion } from '../../people/question.ts';
import { sightOf } from '../../people/sight.ts';
import { findOpenTask } from '../../tasks/open.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { getDoer } from './doer.ts';
import { findDrawn } from './tell-tasks.ts';

/** What is asked about a person, with what is known of them in it. To those who are asked; the look is recorded, with the task as its reason. */
export const showProcedure = procedure('contacts.show')
	.input(z.object({ id: z.coerce.number().int().positive() }))
	.output(z.object({ question: z.string() }))
	.mutation(async ({ ctx: { app, actor, entry }, input: { id } }) => {
		const doer = await getDoer(app, actor);
		const task = await findOpenTask(app.pool, doer, { kind: 'approval', key: String(id) });
		const drawn = task && (await findDrawn(app.pool, task));
		if (drawn?.kind !== 'wait.approval') throw new ApiError('task.over', 'Nobody is asked this any more.');
		const asked = { id, ask: drawn.config.ask };
		const question = await showQuestion(app, sightOf(actor), asked, (contactId) =>
			entry({
				action: 'task.show',
				subject: { kind: 'contact', ids: [String(contactId)] },
				details: { approval: id }
			})
		);
		return { question };
	});
