/**
 * Passkeys (WebAuthn): a key pair on somebody's device, opened there by a finger, a face or a PIN. It is bound to our address, so
 * no other site can ask for it, and brings its second factor with it.
 */
import {
	generateAuthenticationOptions,
	generateRegistrationOptions,
	verifyAuthenticationResponse,
	verifyRegistrationResponse,
	type AuthenticationResponseJSON,
	type PublicKeyCredentialCreationOptionsJSON,
	type PublicKeyCredentialRequestOptionsJSON,
	type RegistrationResponseJSON
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { Db } from '../db/db.ts';
import { beginCeremony, CEREMONY_MS, takeCeremony } from './ceremonies.ts';

type Place = Pick<App, 'publicUrl' | 'clock'>;

/** What a browser brings back: of which ceremony, and the authenticator's answer as JSON. */
export const passkeyAnswer = z.object({
	ceremony: z.string().max(60),
	answer: z.looseObject({ id: z.string().max(2000), response: z.looseObject({}) })
});
export type PasskeyAnswer = z.infer<typeof passkeyAnswer>;

/** EdDSA, ES256 and RS256: what authenticators of today have. */
const ALGORITHMS = [-8, -7, -257];

const challengeSchema = z.object({ challenge: z.string() });

/** What to ask a browser for. Extensions go along in it and are typed by nobody: they hold what no JSON has. */
export type MakeOptions = Omit<PublicKeyCredentialCreationOptionsJSON, 'extensions'>;
export type UseOptions = Omit<PublicKeyCredentialRequestOptionsJSON, 'extensions'>;

export interface Asked<Options> {
	ceremony: string;
	options: Options;
}

/** What to ask the browser for, to add a passkey; one that is on the device already is not made twice. */
export async function beginPasskey(
	db: Db,
	{ publicUrl, clock }: Place,
	user: { id: number; name: string; email: string }
): Promise<Asked<MakeOptions>> {
	const options = await generateRegistrationOptions({
		rpName: 'Stepwell',
		rpID: new URL(publicUrl).hostname,
		userID: Uint8Array.from(Buffer.from(String(user.id))),
		userName: user.email,
		userDisplayName: user.name,
		timeout: CEREMONY_MS,
		attestationType: 'none',
		supportedAlgorithmIDs: ALGORITHMS,
		excludeCredentials: await passkeysOf(db, user.id),
		// Kept on the device, so that signing in needs no address; and never without a finger, a face or a PIN.
		authenticatorSelection: { residentKey: 'required', userVerification: 'required' }
	});
	const data = { challenge: options.challenge };
	const begun = { kind: 'passkey-add', userId: user.id, data } as const;
	return { ceremony: await beginCeremony(db, begun, clock.now()), options };
}

/** Keeps a new passkey and gives its id; undefined when the answer is not to what was asked of this person. */
export async function addPasskey(
	db: Db,
	{ publicUrl, clock }: Place,
	userId: number,
	{ ceremony, answer }: PasskeyAnswer,
	name: string
): Promise<string | undefined> {
	const asked = await takeCeremony(db, ceremony, 'passkey-add', clock.now());
	if (asked?.userId !== userId) return undefined;
	const verified = await unlessRefused(
		verifyRegistrationResponse({
			response: answer as unknown as RegistrationResponseJSON,
			expectedChallenge: challengeSchema.parse(asked.data).challenge,
			expectedOrigin: new URL(publicUrl).origin,
			expectedRPID: new URL(publicUrl).hostname,
			requireUserVerification: true,
			supportedAlgorithmIDs: ALGORITHMS
		})
	);
	if (!verified?.verified) return undefined;
	const { credential } = verified.registrationInfo;
	const { rowCount } = await db.query(
		`insert into passkeys (id, user_id, name, public_key, sign_count, transports, created_at)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
		[
			credential.id,
			userId,
			name,
			Buffer.from(credential.publicKey),
			credential.counter,
			credential.transports ?? [],
			new Date(clock.now())
		]
	);
	return rowCount === 1 ? credential.id : undefined;
}

/** What to ask the browser for, to use a passkey: one of `userId`, or whichever the person chooses (null). */
export async function beginPasskeyUse(
	db: Db,
	{ publicUrl, clock }: Place,
	userId: number | null
): Promise<Asked<UseOptions>> {
	const options = await generateAuthenticationOptions({
		rpID: new URL(publicUrl).hostname,
		timeout: CEREMONY_MS,
		userVerification: 'required',
		...(userId !== null && { allowCredentials: await passkeysOf(db, userId) })
	});
	const data = { challenge: options.challenge };
	const begun = { kind: 'passkey-sign-in', userId, data } as const;
	return { ceremony: await beginCeremony(db, begun, clock.now()), options };
}

interface PasskeyRow {
	user_id: number;
	name: string;
	email: string;
	public_key: Buffer;
	sign_count: number;
}

/** Whose passkey answered; undefined when the answer is refused. `userId`: whose it must be, or null for anybody's. */
export async function usePasskey(
	db: Db,
	{ publicUrl, clock }: Place,
	{ ceremony, answer }: PasskeyAnswer,
	userId: number | null
): Promise<{ id: number; name: string; email: string } | undefined> {
	const asked = await takeCeremony(db, ceremony, 'passkey-sign-in', clock.now());
	if (asked?.userId !== userId) return undefined;
	const { rows } = await db.query<PasskeyRow>(
		`select p.user_id, u.name, u.email, p.public_key, p.sign_count from passkeys p join users u on u.id = p.user_id
		where p.id = $1 and ($2::int is null or p.user_id = $2) and u.deactivated_at is null`,
		[answer.id, userId]
	);
	const row = rows[0];
	if (!row) return undefined;
	const { user_id: id, name, email, public_key: key, sign_count: counter } = row;
	const verified = await unlessRefused(
		verifyAuthenticationResponse({
			response: answer as unknown as AuthenticationResponseJSON,
			expectedChallenge: challengeSchema.parse(asked.data).challenge,
			expectedOrigin: new URL(publicUrl).origin,
			expectedRPID: new URL(publicUrl).hostname,
			credential: { id: answer.id, publicKey: Uint8Array.from(key), counter },
			requireUserVerification: true
		})
	);
	if (!verified?.verified) return undefined;
	// A counter that does not go on means a copy of the key. Authenticators without one always say 0.
	const { rowCount } = await db.query(
		`update passkeys set sign_count = $2, last_used_at = $3
		where id = $1 and (sign_count < $2 or (sign_count = 0 and $2 = 0))`,
		[answer.id, verified.authenticationInfo.newCounter, new Date(clock.now())]
	);
	return rowCount === 1 ? { id, name, email } : undefined;
}

async function passkeysOf(db: Db, userId: number): Promise<{ id: string; transports: string[] }[]> {
	const { rows } = await db.query<{ id: string; transports: string[] }>(
		'select id, transports from passkeys where user_id = $1',
		[userId]
	);
	return rows;
}

/** The library throws for whatever is wrong with an answer, which comes from outside: that is a refusal, not a fault of ours. */
async function unlessRefused<T>(verifying: Promise<T>): Promise<T | undefined> {
	return verifying.catch(() => undefined);
}
