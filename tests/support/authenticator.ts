/** A passkey's device in software: what a browser and an authenticator make together, with each part to be made wrong. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import type { PasskeyAnswer } from '../../src/lib/server/auth/passkeys.ts';

/** What may be other than it should. */
export interface Wrong {
	origin?: string;
	rpId?: string;
	challenge?: string;
	counter?: number;
	/** Without a finger, a face or a PIN. */
	unverified?: boolean;
	type?: string;
}

const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;

export class Authenticator {
	readonly id = randomBytes(16).toString('base64url');
	counter = 0;
	readonly #key: KeyObject;
	readonly #publicKey: Uint8Array;
	readonly #origin: string;

	constructor(origin: string) {
		this.#origin = origin;
		const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
		this.#key = privateKey;
		const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
		const cose = new Map<number, number | Uint8Array>([
			[1, 2], // elliptic curve
			[3, -7], // ES256
			[-1, 1], // P-256
			[-2, Uint8Array.from(Buffer.from(x, 'base64url'))],
			[-3, Uint8Array.from(Buffer.from(y, 'base64url'))]
		]);
		this.#publicKey = isoCBOR.encode(cose);
	}

	/** Answers to be added. */
	create(asked: { ceremony: string; options: { challenge: string } }, wrong: Wrong = {}): PasskeyAnswer {
		const length = Buffer.alloc(2);
		const id = Buffer.from(this.id, 'base64url');
		length.writeUInt16BE(id.length);
		const attested = Buffer.concat([Buffer.alloc(16), length, id, this.#publicKey]);
		const data = this.#data(wrong, ATTESTED, attested);
		const attestation = new Map<string, string | Map<string, string> | Uint8Array>([
			['fmt', 'none'],
			['attStmt', new Map()],
			['authData', data]
		]);
		return this.#answer(asked.ceremony, {
			clientDataJSON: this.#client('webauthn.create', asked.options, wrong).toString('base64url'),
			attestationObject: Buffer.from(isoCBOR.encode(attestation)).toString('base64url'),
			transports: ['internal']
		});
	}

	/** Answers to be used. */
	use(asked: { ceremony: string; options: { challenge: string } }, wrong: Wrong = {}): PasskeyAnswer {
		this.counter++;
		const data = this.#data(wrong);
		const client = this.#client('webauthn.get', asked.options, wrong);
		const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
		return this.#answer(asked.ceremony, {
			clientDataJSON: client.toString('base64url'),
			authenticatorData: Buffer.from(data).toString('base64url'),
			signature: sign('sha256', signed, this.#key).toString('base64url')
		});
	}

	#data(wrong: Wrong, flags = 0, rest = Buffer.alloc(0)): Uint8Array {
		const rpId = wrong.rpId ?? new URL(this.#origin).hostname;
		const counter = Buffer.alloc(4);
		counter.writeUInt32BE(wrong.counter ?? this.counter);
		const flag = flags | PRESENT | (wrong.unverified ? 0 : VERIFIED);
		const hash = createHash('sha256').update(rpId).digest();
		return Uint8Array.from(Buffer.concat([hash, Buffer.from([flag]), counter, rest]));
	}

	#client(type: string, { challenge }: { challenge: string }, wrong: Wrong): Buffer {
		const client = { type, challenge, origin: this.#origin, crossOrigin: false };
		const { origin, challenge: other, type: otherType } = wrong;
		return Buffer.from(
			JSON.stringify({
				...client,
				...(origin && { origin }),
				...(other && { challenge: other }),
				...(otherType && { type: otherType })
			})
		);
	}

	#answer(ceremony: string, response: Record<string, unknown>): PasskeyAnswer {
		const { id } = this;
		const answer = { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
		return { ceremony, answer };
	}
}
