import { router } from '../trpc.ts';
import { countProcedure } from './count.ts';
import { createProcedure } from './create.ts';
import { enrolProcedure } from './enrol.ts';
import { getProcedure } from './get.ts';
import { listProcedure } from './list.ts';
import { rightsRouter } from './rights/index.ts';
import { showProcedure } from './show.ts';
import { updateProcedure } from './update.ts';

export const contactsRouter = router({
	list: listProcedure,
	count: countProcedure,
	get: getProcedure,
	enrol: enrolProcedure,
	show: showProcedure,
	create: createProcedure,
	update: updateProcedure,
	rights: rightsRouter
});
