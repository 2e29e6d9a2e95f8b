/** States, outcomes and reasons as a manager reads them. The codes are those of the journey language (§5). */

const reasons: Record<string, string> = {
	'no-address': 'no address',
	suppressed: 'the address is blocked after a bounce or a complaint',
	unsubscribed: 'unsubscribed',
	'no-authorization': 'no authorization for marketing',
	'authorization-expired': 'the authorization for marketing has expired',
	'authorization-revoked': 'the authorization for marketing was revoked',
	'no-baa': 'no agreement with the mail service covers health data',
	'quiet-hours': 'quiet hours',
	'frequency-cap': 'already had as many marketing messages as the cap allows',
	'tls-unavailable': 'the address takes no encrypted mail',
	'gate-error': 'could not be checked, so it was not sent',
	reentry: 'already inside, or was here before',
	'duplicate-key': 'entered for the same thing before',
	version: 'a newer version has no such step',
	moved: 'went on with a newer version',
	loop: 'would have gone in circles',
	paused: 'the journey was paused',
	archived: 'the journey was archived',
	exited: 'left by the exit rule',
	'exit-rule': 'left by the exit rule',
	exitWhen: 'left by the exit rule',
	stopped: 'stopped by the loop guard',
	cancelled: 'cancelled',
	failed: 'failed because of an error',
	goal: 'reached the goal',
	converted: 'reached the goal',
	'seal.tampered': 'what is kept about this person was changed, and can’t be opened',
	'seal.unknown-key': 'the key to what is kept about this person is missing',
	'seal.shredded': 'this person was deleted',
	'step-missing': 'the step is not in this version of the journey',
	'sender-died': 'the sender stopped in the middle',
	'left-unsent': 'somebody decided not to send it again',
	'not-convertible': 'the value did not fit the attribute',
	'no-text-service': 'no service for text messages is set up',
	'not-renderable': 'what was to be sent could not be filled in',
	'url-invalid': 'the address of the system is none',
	'url-insecure': 'the address of the system is not encrypted',
	'port-refused': 'the address of the system names a port that is not open to journeys',
	'host-refused': 'the address of the system leads inside a network that is not open to journeys',
	'no-such-host': 'nobody is known by the name of the system',
	'request-invalid': 'the call could not be written as it was drawn',
	'no-connection': 'the system could not be reached',
	'not-trusted': 'the system could not prove who it is',
	'no-answer-in-time': 'the system did not answer within ten seconds',
	redirected: 'the system answered that its address is another',
	busy: 'the system was too busy each time',
	'worker-died': 'Stepwell stopped in the middle each time',
	'nobody-of-that-name': 'nobody in the team has that name',
	unreadable: 'what was to be sent can’t be opened'
};

const byChoice = new Set([
	'unsubscribed',
	'no-authorization',
	'authorization-expired',
	'authorization-revoked',
	'frequency-cap',
	'quiet-hours'
]);

/** Not sent because the person did not agree, or had enough: the gate doing its work, and no loss. */
export function isByChoice(reason: string): boolean {
	return byChoice.has(reason);
}

const INTERNAL = /^internal error\b/;

/** A reason in words. One that is no known code is text that a person wrote (an exit's reason), and stays. */
export function reasonWords(reason: string): string {
	if (INTERNAL.test(reason)) return reason.replace(INTERNAL, 'an error inside Stepwell');
	return reasons[reason] ?? (/^[a-z]+(-[a-z]+)+$/.test(reason) ? reason.replaceAll('-', ' ') : reason);
}

const outcomes: Record<string, string> = {
	next: 'went on',
	yes: 'yes',
	no: 'no',
	happened: 'it happened',
	timeout: 'the time was up',
	blocked: 'not sent',
	failed: 'sending failed',
	repeat: 'been here before'
};

/** How a visit was left, in words. */
export function outcomeInWords(outcome: string): string {
	return outcomes[outcome] ?? outcome;
}

const states: Record<string, string> = {
	active: 'On the way',
	waiting: 'Waiting',
	completed: 'Finished',
	converted: 'Reached the goal',
	exited: 'Left',
	moved: 'Moved to another journey',
	stopped: 'Stopped',
	cancelled: 'Cancelled',
	failed: 'Failed'
};

/** The state of an enrollment, in words. */
export function stateInWords(state: string): string {
	return states[state] ?? state;
}

const messageStates: Record<string, string> = {
	queued: 'Waiting to be sent',
	sending: 'Being sent',
	sent: 'Sent',
	opened: 'Opened',
	clicked: 'Clicked',
	failed: 'Sending failed',
	unknown: 'Not known whether it was sent',
	blocked: 'Not sent',
	withdrawn: 'Withdrawn before sending'
};

/** The state of a message, in words. */
export function messageStateInWords(state: string): string {
	return messageStates[state] ?? state;
}

/** The first letter as at the start of a sentence. */
export function sentence(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
