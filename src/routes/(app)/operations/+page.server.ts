import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api } }) => {
	const [state, failures, aside, jobs] = await Promise.all([
		api.operations.state(),
		api.operations.failures(),
		api.operations.setAside(),
		api.operations.failedJobs()
	]);
	return { figures: { state, failures, aside, jobs } };
};
