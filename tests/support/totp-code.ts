import { Secret, TOTP } from 'otpauth';

/** The code that an authenticator app with the key (base32) shows at an instant. */
export function totpCode(key: string, at: number): string {
	return TOTP.generate({ secret: Secret.fromBase32(key), timestamp: at });
}
