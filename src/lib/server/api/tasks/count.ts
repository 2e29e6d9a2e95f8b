import { z } from 'zod';
import { countOpenTasks } from '../../tasks/open.ts';
import { procedure } from '../trpc.ts';
import { getDoer } from './doer.ts';

/** How many tasks wait for the caller. */
export const countProcedure = procedure('tasks.read')
	.output(z.number())
	.query(async ({ ctx: { app, actor } }) => countOpenTasks(app.pool, await getDoer(app, actor)));
