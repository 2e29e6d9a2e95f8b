/**
 * Where the outermost key lives, the one that never touches the database: a local key ring now. The shape is what key
 * services offer: AWS KMS (`Encrypt`/`Decrypt`, the context as encryption context), Google Cloud KMS (as additional
 * authenticated data) and Vault's transit engine (as `associated_data`).
 */

export interface WrappedKey {
	/** Which key wrapped it, as `unwrap` wants it. */
	keyId: string;
	wrapped: Buffer;
}

export interface KeyProvider {
	/** The id of the key that `wrap` uses now. */
	currentKeyId(): Promise<string>;
	/** Wraps a key of 32 bytes. `context` must be given again to unwrap it. */
	wrap(key: Buffer, context: string): Promise<WrappedKey>;
	/** The 32 bytes. Throws `seal.unknown-key` for a key id that is not there, `seal.tampered` for changed bytes or another context. */
	unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer>;
}
