import { ApiError } from '../api/errors.ts';

/** Too many calls. `retryAfter` is in whole seconds, for the header of that name. */
export class RateLimited extends ApiError {
	readonly retryAfter: number;
	/** Whether this is the first call over the limit. */
	readonly isFirst: boolean;

	constructor(message: string, retryAfter: number, isFirst = false) {
		super('rate.limited', message);
		this.retryAfter = retryAfter;
		this.isFirst = isFirst;
	}
}
