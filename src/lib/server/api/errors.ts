/** The catalogue of expected failures that a caller of the API can meet. Codes are public. */
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';

const catalogue = {
	/** The input does not have the declared shape; `path` names the field. */
	'input.invalid': { status: 400, trpc: 'BAD_REQUEST' },
	/** The body is larger than the route takes. */
	'input.too-large': { status: 413, trpc: 'PAYLOAD_TOO_LARGE' },
	/** The body is not sent as application/json. */
	'input.not-json': { status: 415, trpc: 'UNSUPPORTED_MEDIA_TYPE' },
	/** The address is there, but not for this method. */
	'method.unknown': { status: 405, trpc: 'METHOD_NOT_SUPPORTED' },
	/** The payload does not fit the schema that the trigger declares; `path` names the value. */
	'payload.invalid': { status: 422, trpc: 'UNPROCESSABLE_CONTENT' },
	/** No session and no valid key. */
	'auth.required': { status: 401, trpc: 'UNAUTHORIZED' },
	/** Signed in, but without the permission. */
	'auth.forbidden': { status: 403, trpc: 'FORBIDDEN' },
	/** The person has to show their factors again first. */
	'auth.step-up': { status: 403, trpc: 'FORBIDDEN' },
	/** There is no such thing, or it is not the caller's to see. */
	'not-found': { status: 404, trpc: 'NOT_FOUND' },
	/** The contact that an event names does not exist. */
	'contact.unknown': { status: 404, trpc: 'NOT_FOUND' },
	/** No live journey has an API trigger of that name. */
	'trigger.unknown': { status: 404, trpc: 'NOT_FOUND' },
	/** The draft was saved by somebody else meanwhile. */
	'draft.stale': { status: 409, trpc: 'CONFLICT' },
	/** The person was changed by somebody else meanwhile. */
	'person.stale': { status: 409, trpc: 'CONFLICT' },
	/** A legal hold keeps the person from being deleted. */
	'person.held': { status: 409, trpc: 'CONFLICT' },
	/** What is kept about the person can't be opened: it was changed by hand, or its key is gone. */
	'person.unreadable': { status: 422, trpc: 'UNPROCESSABLE_CONTENT' },
	/** Somebody else did the task, or what it waited for is over. */
	'task.over': { status: 409, trpc: 'CONFLICT' },
	/** The name or slug is taken. */
	conflict: { status: 409, trpc: 'CONFLICT' },
	/** The journey has errors; `problems` lists them. */
	'publish.refused': { status: 422, trpc: 'UNPROCESSABLE_CONTENT' },
	/** People stand at steps that the new version does not have, and nothing says where they go; `problems` lists the steps. */
	'publish.unmapped': { status: 422, trpc: 'UNPROCESSABLE_CONTENT' },
	/** The same idempotency key came with another body. */
	'idempotency.mismatch': { status: 422, trpc: 'UNPROCESSABLE_CONTENT' },
	/** The first request with this idempotency key is still being answered. */
	'idempotency.in-flight': { status: 409, trpc: 'CONFLICT' },
	/** The database can't be reached just now; the same call will work later. */
	unavailable: { status: 503, trpc: 'SERVICE_UNAVAILABLE' },
	/** Too many calls; wait as Retry-After says. */
	'rate.limited': { status: 429, trpc: 'TOO_MANY_REQUESTS' }
} as const satisfies Record<string, { status: number; trpc: TRPC_ERROR_CODE_KEY }>;

export type ApiErrorCode = keyof typeof catalogue;

export interface Problem {
	code: ApiErrorCode;
	message: string;
	/** JSON path of the field at fault, such as `/properties/score`. */
	path?: string;
	/** More of the same: several fields, or a journey's diagnostics. */
	problems?: unknown[];
}

/** An expected failure, told to the caller as it is. Its message must not hold anybody's data. */
export class ApiError extends Error {
	readonly problem: Problem;
	readonly status: number;
	readonly trpcCode: TRPC_ERROR_CODE_KEY;

	constructor(code: ApiErrorCode, message: string, more: Pick<Problem, 'path' | 'problems'> = {}) {
		super(message);
		this.problem = { code, message, ...more };
		this.status = catalogue[code].status;
		this.trpcCode = catalogue[code].trpc;
	}
}
