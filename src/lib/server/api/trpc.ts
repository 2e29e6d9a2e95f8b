/** The base of every procedure: who calls, what they need permission for, and how an expected failure is told. */
import { initTRPC, TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call, type MakeEntry } from '../audit/call.ts';
import { can, isFresh, type Actor, type Permission } from '../auth/permissions.ts';
import type { Session } from '../auth/session.ts';
import { ApiError } from './errors.ts';
import { invalidInput } from '../http/parse-input.ts';

export interface Context {
	app: App;
	/** Null for a call without session and without key; every procedure refuses it. */
	actor: Actor | null;
	/** Where the call came from, for the audit log. */
	call: Call;
	/** The session that a person calls in. */
	session?: Session | undefined;
	/** Gives the browser the session's new cookie, once it was rotated. */
	setSessionCookie?: ((token: string) => void) | undefined;
}

const t = initTRPC.context<Context>().create({
	errorFormatter({ shape, error }) {
		const cause = error.cause;
		const known = cause instanceof ApiError ? cause : null;
		return {
			// Only what we wrote for the caller goes out; anything else was logged, and is "internal" here.
			...shape,
			message: error.code === 'INTERNAL_SERVER_ERROR' ? 'Something went wrong on our side.' : shape.message,
			data: {
				code: shape.data.code,
				httpStatus: shape.data.httpStatus,
				path: shape.data.path,
				problem: known?.problem ?? null
			}
		};
	}
});

export const router = t.router;
export const createCaller = t.createCallerFactory;

export interface Demand {
	/** Whether a person must have shown all their factors in the last five minutes: what leaves, what is approved, what opens doors. */
	fresh?: boolean;
}

/**
 * A procedure that only an actor with `permission` may call. An ApiError thrown inside keeps its status and sentence.
 * `ctx.entry` makes the audit entries of this call, for `inAuditedTransaction`.
 */
export function procedure(permission: Permission, { fresh = false }: Demand = {}) {
	return t.procedure.use(async ({ ctx, next }) => {
		const { app, actor, call } = ctx;
		if (!actor) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in, or send an API key.' });
		if (!can(actor, permission))
			throw new TRPCError({ code: 'FORBIDDEN', message: `This needs the permission "${permission}".` });
		if (fresh && !isFresh(actor, app.clock.now())) {
			const stale = new ApiError('auth.step-up', 'Show once more that it is you, then this goes on.');
			throw new TRPCError({ code: stale.trpcCode, message: stale.message, cause: stale });
		}
		const result = await next({ ctx: { ...ctx, actor, entry: entriesOf(app, actor, call) } });
		const known = result.ok ? null : expected(result.error);
		if (known) throw new TRPCError({ code: known.trpcCode, message: known.message, cause: known });
		return result;
	});
}

/** The entries of a call; one made in emergency access says in which. */
function entriesOf(app: App, actor: Actor, call: Call): MakeEntry {
	const entry = entriesBy(auditActorOf(actor), app.clock, call);
	const emergency = actor.kind === 'user' ? actor.emergency : null;
	if (!emergency) return entry;
	return (act) => entry({ ...act, details: { ...act.details, emergency } });
}

/** The refusal that `error` stands for: one thrown as such, or an input that is not of its schema. */
function expected(error: TRPCError): ApiError | null {
	if (error.cause instanceof ApiError) return error.cause;
	const isInput = error.code === 'BAD_REQUEST' && error.cause instanceof z.ZodError;
	return isInput ? invalidInput(error.cause.issues) : null;
}
