import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { sightOf } from '../../people/sight.ts';
import { listTeam } from '../../tasks/doer.ts';
import { TASK_KINDS } from '../../tasks/kind.ts';
import { listOpenTasks } from '../../tasks/open.ts';
import { identityFields } from '../contacts/identity.ts';
import { getWorkspace } from '../settings/workspace.ts';
import { procedure } from '../trpc.ts';
import { getDoer } from './doer.ts';
import { taskSchema } from './task-schema.ts';
import { tellTasks } from './tell-tasks.ts';

const output = z.object({
	kinds: z.array(
		z.object({
			kind: z.enum(TASK_KINDS),
			/** The most urgent first. */
			tasks: z.array(taskSchema),
			/** How many there are in all; only the first 50 are told. */
			total: z.number()
		})
	),
	/** Who there is to give a task to. */
	team: z.array(z.object({ id: z.number(), name: z.string() })),
	me: z.number(),
	/** The workspace's, for the times. */
	zone: z.string()
});

/** What waits for the caller. Who was seen by name is recorded. */
export const listProcedure = procedure('tasks.read')
	.input(z.object({ mine: z.boolean().default(false) }))
	.output(output)
	.query(async ({ ctx, input: { mine } }) => {
		const { app, actor, entry } = ctx;
		const doer = await getDoer(app, actor);
		const sight = sightOf(actor);
		const open = await listOpenTasks(app.pool, doer, mine);
		const team = await listTeam(app.pool);
		const around = { sight, team, now: app.clock.now() };
		const told = await tellTasks(
			app,
			around,
			open.flatMap(({ tasks }) => tasks)
		);
		const ids = [...new Set(told.flatMap(({ person }) => (person ? String(person.id) : [])))];
		if (sight.identifies && ids.length > 0)
			await inAuditedTransaction(app.pool, async (_, audit) =>
				audit(entry({ action: 'contact.read', subject: { kind: 'contact', ids }, fields: identityFields }))
			);
		return {
			kinds: open.map(({ kind, total }) => ({
				kind,
				total,
				tasks: told.filter((task) => task.kind === kind)
			})),
			team: team.map(({ id, name }) => ({ id, name })),
			me: doer.actor.id,
			zone: (await getWorkspace(app.pool)).timezone
		};
	});
