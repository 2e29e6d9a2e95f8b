import { router } from '../trpc.ts';
import { changeProcedure } from './change.ts';
import { defineProcedure } from './define.ts';
import { holdersProcedure } from './holders.ts';
import { listProcedure } from './list.ts';

export const attributesRouter = router({
	list: listProcedure,
	holders: holdersProcedure,
	define: defineProcedure,
	change: changeProcedure
});
