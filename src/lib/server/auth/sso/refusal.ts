/** Why a sign-in through a provider was refused: a code for the address and the log, and what a person reads. */

const sentences = {
	expired: 'That sign-in took too long, or was used before. Start it again.',
	'other-browser': 'That sign-in was begun in another browser. Start it again in this one.',
	declined: 'Your organization’s sign-in was cancelled or refused.',
	unreachable:
		'Your organization’s sign-in can’t be reached just now. Try again in a while, or ask your administrator.',
	answer:
		'Your organization’s sign-in answered with something that can’t be trusted, so nobody was signed in. Ask your administrator: the audit log says what was wrong.',
	unverified:
		'Your organization’s sign-in told no email address that it has verified. Ask your administrator.',
	domain: 'Your email address is not of a domain that may sign in this way. Ask your administrator.',
	known:
		'There is an account with your address already. Sign in to it once in the usual way; after that, both ways open it.',
	deactivated: 'Your account here was deactivated. Ask an owner of this Stepwell.',
	role: 'None of your groups may use this Stepwell. Ask your administrator.',
	closed: 'This way to sign in is not open. Choose another.',
	'too-many': 'Too many tries from your network. Wait a quarter of an hour and try again.'
} as const;

export type RefusalCode = keyof typeof sentences;

/** An expected failure. `fault` is a code that tells an administrator more; never what the provider said. */
export class SsoRefused extends Error {
	readonly code: RefusalCode;
	readonly fault: string | undefined;

	constructor(code: RefusalCode, fault?: string, options?: ErrorOptions) {
		super(`${code}${fault ? `: ${fault}` : ''}`, options);
		this.code = code;
		this.fault = fault;
	}
}

/** The sentence for a code that came in an address; null for one that is none of ours. */
export function refusalSentence(code: string | null): string | null {
	return code !== null && Object.hasOwn(sentences, code) ? sentences[code as RefusalCode] : null;
}

/** Where somebody who was refused lands. */
export function refusedPlace({ code }: SsoRefused, returnTo?: string): string {
	const query = new URLSearchParams({ sso: code, ...(returnTo && { returnTo }) });
	return `/sign-in?${query}`;
}
