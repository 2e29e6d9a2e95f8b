/**
 * The local key provider: keys from STEPWELL_KEYS, and from `keys/kek.json` in the data folder, which is made at first start
 * unless the environment gives some. The first key is the current one; the others only open what they once wrapped.
 */
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { StartError } from '../db/start-error.ts';
import { KEY_BYTES, unwrapKey, wrapKey } from './aes-gcm.ts';
import { SealError } from './errors.ts';
import { changeKeyFile, createKeyFile, readKeyFile } from './key-file.ts';
import type { KeyProvider, WrappedKey } from './key-provider.ts';
import { formatKeys, parseKeys, type NamedKey } from './key-text.ts';

export interface KeyRingOptions {
	dataFolder: string;
	/** STEPWELL_KEYS: `id:base64,id:base64` or `[{"id":"…","key":"base64"}]`, the current one first. */
	given: string | undefined;
	/** The app's own secret, which must not be one of the keys: it is in more hands. */
	appSecret: Buffer;
}

const GIVEN = 'STEPWELL_KEYS';

/** Opens the key ring, making its file at first start. Throws a StartError that says what to do. */
export function openKeyRing(options: KeyRingOptions): LocalKeyRing {
	const file = join(options.dataFolder, 'keys', 'kek.json');
	const given = options.given?.trim() ? parseKeys(options.given, GIVEN) : [];
	if (given.length === 0 && readKeyFile(file) === null) createKeyFile(file, formatKeys([makeKey()]));
	return new LocalKeyRing(file, given, options.appSecret);
}

export class LocalKeyRing implements KeyProvider {
	private keys = new Map<string, KeyObject>();

	private readonly file: string;
	private readonly given: readonly NamedKey[];
	private readonly appSecret: Buffer;

	constructor(file: string, given: readonly NamedKey[], appSecret: Buffer) {
		this.file = file;
		this.given = given;
		this.appSecret = appSecret;
		this.read();
	}

	currentKeyId(): Promise<string> {
		return Promise.resolve(this.current()[0]);
	}

	wrap(key: Buffer, context: string): Promise<WrappedKey> {
		const [keyId, secret] = this.current();
		return Promise.resolve({ keyId, wrapped: wrapKey(secret, boundTo(keyId, context), key) });
	}

	async unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
		if (!this.keys.has(keyId)) this.read();
		const secret = this.keys.get(keyId);
		if (!secret) throw new SealError('seal.unknown-key', `key ${keyId} is not in the key ring`);
		return unwrapKey(secret, boundTo(keyId, context), wrapped);
	}

	/** Puts a new key first and gives its id; `rotateKek` then moves everything to it. Not for keys from the environment. */
	addKey(): string {
		const key = makeKey();
		this.change((keys) => [key, ...keys]);
		return key.id;
	}

	/** Destroys a key for good: backups that need it open no more. Ask `isKekInUse` first. Throws for the current key. */
	removeKey(id: string): void {
		this.change((keys) => {
			if (keys[0]?.id === id) throw new StartError(`Key ${id} is the current one. Add another first.`);
			return keys.filter((key) => key.id !== id);
		});
	}

	private change(next: (keys: NamedKey[]) => NamedKey[]): void {
		if (this.given.length > 0)
			throw new StartError(`Keys come from ${GIVEN}. Put a new one first there, and start again.`);
		changeKeyFile(this.file, (text) => formatKeys(next(parseKeys(text, this.file))));
		this.read();
	}

	// Read anew each time: another process may have put a key first.
	private current(): [string, KeyObject] {
		this.read();
		const [first] = this.keys;
		if (!first) throw new SealError('seal.unknown-key', 'the key ring is empty');
		return first;
	}

	private read(): void {
		const text = readKeyFile(this.file);
		const kept = text === null ? [] : parseKeys(text, this.file);
		const keys = [...this.given, ...kept.filter((key) => !this.given.some((each) => each.id === key.id))];
		if (keys.some((key) => key.bytes.equals(this.appSecret)))
			throw new StartError(
				"A key of the key ring is the app's secret. Make one of its own: openssl rand -base64 32"
			);
		this.keys = new Map(keys.map((key) => [key.id, createSecretKey(key.bytes)]));
	}
}

function makeKey(): NamedKey {
	return { id: `k-${randomBytes(4).toString('hex')}`, bytes: randomBytes(KEY_BYTES) };
}

function boundTo(keyId: string, context: string): string {
	return `${keyId}|${context}`;
}
