/** What can go wrong when sealed bytes are opened, as a code that callers may act on and pages may show. */

/** - `seal.tampered`: the bytes, or the key beside them, were changed, cut, or moved from another place.
 *  - `seal.unknown-key`: the key that they name is not there, or the key ring lacks the key above it.
 *  - `seal.shredded`: the person's key was destroyed on purpose; nothing sealed for them can ever be read again. */
export type SealErrorCode = keyof typeof sentences;

const sentences = {
	'seal.tampered': 'Sealed data was changed or moved since it was written.',
	'seal.unknown-key': 'The key that this was sealed with is missing.',
	'seal.shredded': "This person's data was destroyed on request."
};

/** Thrown when something can't be sealed or opened. Its message never holds what was sealed, nor a key. */
export class SealError extends Error {
	override readonly name = 'SealError';

	readonly code: SealErrorCode;

	/** `detail` says which key, by its id. */
	constructor(code: SealErrorCode, detail = '') {
		super(detail ? `${sentences[code]} (${detail})` : sentences[code]);
		this.code = code;
	}
}

/** Whether `error` is a SealError. The built product holds two copies of the class, so its name decides. */
export function isSealError(error: unknown): error is SealError {
	return error instanceof Error && error.name === 'SealError';
}
