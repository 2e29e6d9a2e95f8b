import { router } from '../trpc.ts';
import { createProcedure } from './create.ts';
import { getProcedure } from './get.ts';
import { listProcedure } from './list.ts';
import { showProcedure } from './show.ts';

export const contactsRouter = router({
	list: listProcedure,
	get: getProcedure,
	show: showProcedure,
	create: createProcedure
});
