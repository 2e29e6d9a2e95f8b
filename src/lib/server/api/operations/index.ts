import { router } from '../trpc.ts';
import { failedEnrollmentsProcedure } from './failed-enrollments.ts';
import { failedJobsProcedure } from './failed-jobs.ts';
import { failuresProcedure } from './failures.ts';
import { retryAsideProcedure } from './retry-aside.ts';
import { retryJobsProcedure } from './retry-jobs.ts';
import { retryProcedure } from './retry.ts';
import { setAsideProcedure } from './set-aside.ts';
import { stateProcedure } from './state.ts';

export const operationsRouter = router({
	state: stateProcedure,
	failures: failuresProcedure,
	failedEnrollments: failedEnrollmentsProcedure,
	failedJobs: failedJobsProcedure,
	setAside: setAsideProcedure,
	retry: retryProcedure,
	retryAside: retryAsideProcedure,
	retryJobs: retryJobsProcedure
});
