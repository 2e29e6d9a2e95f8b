/** What the page shows, read together. */
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '$lib/server/api/router.ts';
import { unattendedApi } from '$lib/ui/api.ts';
import { formatNumber } from '$lib/ui/format.ts';

type Answers = inferRouterOutputs<AppRouter>['operations'];

export type OperationsState = Answers['state'];
export type Finding = OperationsState['verdict']['findings'][number];
export type FailureGroup = Answers['failures']['groups'][number];
export type FailedEnrollment = Answers['failedEnrollments']['rows'][number];
export type AsideRow = Answers['setAside']['rows'][number];
export type FailedJob = Answers['failedJobs']['jobs'][number];

export interface Figures {
	state: OperationsState;
	failures: Answers['failures'];
	aside: Answers['setAside'];
	jobs: Answers['failedJobs'];
}

/** Everything anew, in one request that keeps nobody signed in. */
export async function readFigures(): Promise<Figures> {
	const { operations } = unattendedApi;
	const [state, failures, aside, jobs] = await Promise.all([
		operations.state.query(),
		operations.failures.query(),
		operations.setAside.query(),
		operations.failedJobs.query()
	]);
	return { state, failures, aside, jobs };
}

/** "340"; "10,000+" where no further was counted. */
export function upTo(count: number, countedTo: number): string {
	return count < countedTo ? formatNumber(count) : `${formatNumber(countedTo)}+`;
}
