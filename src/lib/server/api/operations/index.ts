import { router } from '../trpc.ts';
import { failedEnrollmentsProcedure } from './failed-enrollments.ts';
import { failedJobsProcedure } from './failed-jobs.ts';
import { failuresProcedure } from './failures.ts';
import { retryJobsProcedure } from './retry-jobs.ts';
import { retryProcedure } from './retry.ts';
import { stateProcedure } from './state.ts';

export const operationsRouter = router({
	state: stateProcedure,
	failures: failuresProcedure,
	failedEnrollments: failedEnrollmentsProcedure,
	failedJobs: failedJobsProcedure,
	retry: retryProcedure,
	retryJobs: retryJobsProcedure
});
