/** The browser's way to the API: every procedure, typed, with the session's cookie. */
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import type { Problem } from '$lib/server/api/errors.ts';
import type { AppRouter } from '$lib/server/api/router.ts';
import { UNATTENDED } from '../text/unattended.ts';

export const api = clientWith({});

/** The same for what a page asks by itself while somebody may have left: it keeps nobody signed in. */
export const unattendedApi = clientWith({ [UNATTENDED]: '1' });

function clientWith(headers: Record<string, string>) {
	return createTRPCClient<AppRouter>({
		// By POST also for queries: what people search for stays out of addresses, and so out of logs.
		// The server takes as many calls in one request, and no more.
		links: [httpBatchLink({ url: '/api/trpc', methodOverride: 'POST', headers, maxItems: 30 })]
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
