import { router } from '../trpc.ts';
import { countsProcedure } from './counts.ts';
import { overviewProcedure } from './overview.ts';
import { peopleProcedure } from './people.ts';
import { reportProcedure } from './report.ts';

export const reportsRouter = router({
	counts: countsProcedure,
	report: reportProcedure,
	people: peopleProcedure,
	overview: overviewProcedure
});
