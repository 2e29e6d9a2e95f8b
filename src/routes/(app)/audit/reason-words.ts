/** Reasons in words; one that is not known here stays the code that it is. */
import { reasons } from '../people/[id]/reasons.ts';

const words = new Map<string, string>([
	...reasons.map(({ value, label }) => [value, label] as const),
	['requested', 'The person asked for it'],
	['not-needed', 'Nothing needs it any longer'],
	['mistake', 'It should never have been here'],
	['password', 'A wrong password, or no such account'],
	['passkey', 'A passkey that is not known, or an answer that was not to our question'],
	['wrong', 'It was wrong, or used before'],
	['too-many', 'Too many tries'],
	['sso-only', 'Their organization signs them in, and nothing else'],
	['sso-declined', 'The identity provider said no'],
	['sso-unreachable', 'The identity provider could not be reached'],
	['sso-answer', 'The identity provider’s answer could not be trusted'],
	['sso-unverified', 'No verified address'],
	['sso-domain', 'An address of another domain'],
	['sso-known', 'There is an account with this address already'],
	['sso-deactivated', 'The account is deactivated'],
	['sso-role', 'None of the groups has a role']
]);

export function reasonWords(code: string): string {
	return words.get(code) ?? code;
}
