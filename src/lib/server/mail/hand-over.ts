/** How a hand-over to a mail server ended, read from nodemailer's error. */

export interface HandOver {
	/**
	 * 'deferred': certainly not accepted, try again later. 'failed': refused for good. 'unknown': the server had the whole
	 * mail and did not answer, so it may have accepted it; such a mail is never sent again by itself.
	 */
	outcome: 'sent' | 'deferred' | 'failed' | 'unknown';
	/** Reply codes and where in the talk they came. Never the server's words: they often repeat the address. */
	response: string;
	/** For 'failed': `tls-unavailable`, `address-invalid`, `header-invalid`, `refused` or, for a text, `no-text-service`. */
	reason?: 'tls-unavailable' | 'address-invalid' | 'header-invalid' | 'refused' | 'no-text-service';
}

interface MailError {
	code?: string;
	response?: string;
	responseCode?: number;
	command?: string;
}

/** `complete`: every byte of the mail was given to the connection. `needsTls`: the step asked for encryption. */
export function readHandOverError(error: unknown, facts: { complete: boolean; needsTls: boolean }): HandOver {
	const { code, response, responseCode, command } = error as MailError;
	const said = codesOf(response, responseCode, command, code);
	if (facts.needsTls && code === 'ETLS')
		return { outcome: 'failed', reason: 'tls-unavailable', response: said };
	// A wrong password of ours is no fault of the patient's address, whatever its reply code.
	if (code === 'EAUTH' || command?.startsWith('AUTH')) return { outcome: 'deferred', response: said };
	if (responseCode && responseCode >= 500 && answersTheMail(command))
		return { outcome: 'failed', reason: 'refused', response: said };
	if (responseCode && responseCode >= 400) return { outcome: 'deferred', response: said };
	if (facts.complete) return { outcome: 'unknown', response: said };
	if (code === 'EENVELOPE') return { outcome: 'failed', reason: 'address-invalid', response: said };
	return { outcome: 'deferred', response: said };
}

/** A refusal in the greeting (554 no service) is about us and now, not about this mail. */
function answersTheMail(command: string | undefined): boolean {
	return command === 'MAIL FROM' || command === 'RCPT TO' || command === 'DATA';
}

function codesOf(
	response: string | undefined,
	responseCode?: number,
	command?: string,
	code?: string
): string {
	const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1];
	const codes = [responseCode, enhanced].filter(Boolean).join(' ') || (code ?? 'no answer');
	return command ? `${codes} at ${command}` : codes;
}

/** The reply codes of an acceptance: "250 2.0.0". */
export function readAcceptance(response: string | undefined): HandOver {
	const codes = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3}))?/.exec(response ?? '');
	return { outcome: 'sent', response: [codes?.[1] ?? '250', codes?.[2]].filter(Boolean).join(' ') };
}
