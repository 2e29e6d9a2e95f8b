/** Why a call was given up; kept with it, and told in words where the visit is shown. */
export type CallFault =
	/** No address at all, or one with a password in it. */
	| 'url-invalid'
	| 'url-insecure'
	| 'port-refused'
	/** The name leads inside, and the operator did not allow it. */
	| 'host-refused'
	| 'no-such-host'
	/** A header or the method can't be sent. */
	| 'request-invalid'
	| 'no-connection'
	/** The certificate is not one of that host. */
	| 'not-trusted'
	| 'no-answer-in-time'
	/** It answered that the address is elsewhere; nobody checked that one. */
	| 'redirected'
	/** It answered 408, 429 or above 499 each time. */
	| 'busy'
	/** Its worker died each time. */
	| 'worker-died'
	/** What was to be sent can't be opened. */
	| 'unreadable';

/** What may be otherwise a moment later. */
const PASSING: ReadonlySet<CallFault> = new Set([
	'no-such-host',
	'no-connection',
	'no-answer-in-time',
	'busy',
	'worker-died'
]);

export function isPassing(fault: CallFault): boolean {
	return PASSING.has(fault);
}
