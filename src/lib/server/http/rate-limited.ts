import { ApiError } from '../api/errors.ts';

/** Too many calls. `retryAfter` is in whole seconds, for the header of that name. */
export class RateLimited extends ApiError {
	readonly retryAfter: number;

	constructor(message: string, retryAfter: number) {
		super('rate.limited', message);
		this.retryAfter = retryAfter;
	}
}
