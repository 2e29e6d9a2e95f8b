/** Passkeys in the browser: asking the device, and saying what went wrong. */
import {
	browserSupportsWebAuthn,
	startAuthentication,
	startRegistration,
	WebAuthnError,
	type PublicKeyCredentialCreationOptionsJSON,
	type PublicKeyCredentialRequestOptionsJSON
} from '@simplewebauthn/browser';

interface Asked<Options> {
	ceremony: string;
	options: Options;
}

/** What goes back to the server. */
export interface Answer {
	ceremony: string;
	answer: { id: string; response: object };
}

export const hasPasskeys = browserSupportsWebAuthn;

/** Has the device make a passkey. Throws what `passkeySentence` tells. */
export async function makePasskey({
	ceremony,
	options
}: Asked<Omit<PublicKeyCredentialCreationOptionsJSON, 'extensions'>>): Promise<Answer> {
	return { ceremony, answer: await startRegistration({ optionsJSON: options }) };
}

/** Has the device use one. Throws what `passkeySentence` tells. */
export async function usePasskey({
	ceremony,
	options
}: Asked<Omit<PublicKeyCredentialRequestOptionsJSON, 'extensions'>>): Promise<Answer> {
	return { ceremony, answer: await startAuthentication({ optionsJSON: options }) };
}

/** What went wrong on the device, for a person; null when it was not the device. */
export function passkeySentence(error: unknown): string | null {
	if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
		return 'This device has a passkey for your account already.';
	if (error instanceof WebAuthnError && error.code === 'ERROR_INVALID_DOMAIN')
		return 'Passkeys need Stepwell’s own address: open it by its name, not by a number.';
	const isDevice = error instanceof WebAuthnError || error instanceof DOMException;
	return isDevice ? 'The passkey was not used: it was cancelled, or took too long. Try again.' : null;
}
