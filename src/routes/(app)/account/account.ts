/** One's own account, as the page reads it. */
import type { AppRouter } from '$lib/server/api/router.ts';
import type { inferRouterOutputs } from '@trpc/server';

export type Account = inferRouterOutputs<AppRouter>['account']['get'];
