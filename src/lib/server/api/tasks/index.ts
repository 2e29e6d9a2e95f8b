import { router } from '../trpc.ts';
import { answerProcedure } from './answer.ts';
import { assignProcedure } from './assign.ts';
import { countProcedure } from './count.ts';
import { endProcedure } from './end.ts';
import { listProcedure } from './list.ts';
import { retryProcedure } from './retry.ts';
import { settleProcedure } from './settle.ts';
import { showProcedure } from './show.ts';

export const tasksRouter = router({
	list: listProcedure,
	count: countProcedure,
	show: showProcedure,
	answer: answerProcedure,
	retry: retryProcedure,
	end: endProcedure,
	settle: settleProcedure,
	assign: assignProcedure
});
