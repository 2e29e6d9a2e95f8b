/** How SvelteKit's loads and forms call procedures. */
import { error } from '@sveltejs/kit';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { callerFor } from '../api/router.ts';
import type { Context } from '../api/trpc.ts';

export type Api = ReturnType<typeof callerFor>;

/**
 * Procedures bound to one actor. An expected failure becomes SvelteKit's `error` with the same status and sentence, so
 * that a page of somebody unknown is a 404 and not a 500. What was not expected goes through to `handleError`.
 */
export function callerWithStatus(context: Context): Api {
	return callerFor(context, {
		onError({ error: failure }) {
			if (failure.code === 'INTERNAL_SERVER_ERROR') return;
			error(getHTTPStatusCodeFromError(failure), { message: failure.message });
		}
	});
}
