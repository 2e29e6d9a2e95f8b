import type { SessionUser } from '$lib/server/auth/session.ts';

declare global {
	namespace App {
		interface Locals {
			user: SessionUser | null;
		}
		interface Error {
			message: string;
			/** What the log has of it, so that a person can report it without seeing its contents. */
			reference?: string;
		}
	}
}

export {};
