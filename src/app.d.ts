import type { Call } from '$lib/server/audit/call.ts';
import type { Api } from '$lib/server/http/caller.ts';
import type { Session, SessionUser } from '$lib/server/auth/session.ts';

declare global {
	namespace App {
		interface Locals {
			/** The session of the cookie, however far its sign-in is. */
			session: Session | null;
			/** Who is signed in, with all factors. Never null in a route of `(app)`. */
			user: SessionUser | null;
			/** Where the request came from, for the audit log; its id is in the answer's `Request-Id`. */
			call: Call;
			/** Calls procedures as that person; an expected failure arrives as SvelteKit's `error` with its status. */
			api: Api;
		}
		interface Error {
			message: string;
			/** What the log has of it, so that a person can report it without seeing its contents. */
			reference?: string;
		}
	}
}

export {};
