/** The browser's way to the API: every procedure, typed, with the session's cookie. */
import { createTRPCClient, httpBatchLink, TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import type { Problem } from '$lib/server/api/errors.ts';
import type { AppRouter } from '$lib/server/api/router.ts';
import { UNATTENDED } from '../text/unattended.ts';
import { stepUp } from './step-up.svelte.ts';

/** A call that wants its caller to show once more who they are waits until they did, and is made again; else it fails as it was told. */
const orStepUp: TRPCLink<AppRouter> =
	() =>
	({ op, next }) =>
		observable((observer) => {
			let current: Unsubscribable;
			let isOver = false;
			const call = (mayAsk: boolean) =>
				(current = next(op).subscribe({
					next: (value) => observer.next(value),
					complete: () => observer.complete(),
					error(error) {
						if (!mayAsk || problemOf(error)?.code !== 'auth.step-up') return observer.error(error);
						void stepUp.ask().then((shown) => {
							if (isOver) return;
							if (shown) call(false);
							else observer.error(error);
						});
					}
				}));
			call(true);
			return () => {
				isOver = true;
				current.unsubscribe();
			};
		});

export const api = clientWith({}, [orStepUp]);

/** The same for what a page asks by itself while somebody may have left: it keeps nobody signed in. */
export const unattendedApi = clientWith({ [UNATTENDED]: '1' });

function clientWith(headers: Record<string, string>, first: TRPCLink<AppRouter>[] = []) {
	return createTRPCClient<AppRouter>({
		// By POST also for queries: what people search for stays out of addresses, and so out of logs.
		// The server takes as many calls in one request, and no more.
		links: [...first, httpBatchLink({ url: '/api/trpc', methodOverride: 'POST', headers, maxItems: 30 })]
	});
}

/** What an expected failure says (code, sentence, path); null for anything else, such as a lost connection. */
export function problemOf(error: unknown): Problem | null {
	if (!(error instanceof TRPCClientError)) return null;
	const data = (error as TRPCClientError<AppRouter>).data;
	return data?.problem ?? null;
}

/** Whether a call failed because nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
	return error instanceof TRPCClientError && (error as TRPCClientError<AppRouter>).data?.httpStatus === 401;
}

/** A sentence for a person about any failed call. */
export function sentenceOf(error: unknown): string {
	const problem = problemOf(error);
	if (problem) return problem.message;
	if (error instanceof TRPCClientError && error.data) return error.message;
	return 'Stepwell can’t be reached. Check the connection and try again; nothing was changed.';
}
