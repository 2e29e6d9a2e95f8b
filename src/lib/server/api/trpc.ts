/** The base of every procedure: who calls, what they need permission for, and how an expected failure is told. */
import { initTRPC, TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { can, type Actor, type Permission } from '../auth/permissions.ts';
import { ApiError } from './errors.ts';
import { invalidInput } from '../http/parse-input.ts';

export interface Context {
	app: App;
	/** Null for a call without session and without key; every procedure refuses it. */
	actor: Actor | null;
	/** Where the call came from, for the audit log. */
	call: Call;
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

/**
 * A procedure that only an actor with `permission` may call. An ApiError thrown inside keeps its status and sentence.
 * `ctx.entry` makes the audit entries of this call, for `inAuditedTransaction`.
 */
export function procedure(permission: Permission) {
	return t.procedure.use(async ({ ctx: { app, actor, call }, next }) => {
		if (!actor) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in, or send an API key.' });
		if (!can(actor, permission))
			throw new TRPCError({ code: 'FORBIDDEN', message: `This needs the permission "${permission}".` });
		const entry = entriesBy(auditActorOf(actor), app.clock, call);
		const result = await next({ ctx: { app, actor, call, entry } });
		const known = result.ok ? null : expected(result.error);
		if (known) throw new TRPCError({ code: known.trpcCode, message: known.message, cause: known });
		return result;
	});
}

/** The refusal that `error` stands for: one thrown as such, or an input that is not of its schema. */
function expected(error: TRPCError): ApiError | null {
	if (error.cause instanceof ApiError) return error.cause;
	const isInput = error.code === 'BAD_REQUEST' && error.cause instanceof z.ZodError;
	return isInput ? invalidInput(error.cause.issues) : null;
}
