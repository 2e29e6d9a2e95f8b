/** A start that can't go on, told in a sentence that says what to do. Printed as it is, without a stack. */
export class StartError extends Error {
	override readonly name = 'StartError';
}

/** Whether `error` is a StartError. The built server has a copy of the class, so its name decides. */
export function isStartError(error: unknown): error is StartError {
	return error instanceof Error && error.name === 'StartError';
}

/** The sentence for a folder or disk that can't be written, or null when `error` is of another kind. */
export function diskSentence(error: unknown, folder: string): string | null {
	const text =
		error instanceof Error
			? `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}`
			: String(error);
	if (/ENOSPC|No space left|EDQUOT/.test(text))
		return `The disk that holds ${folder} is full. Free some space and start again; nothing was lost.`;
	if (/EROFS|Read-only file system/.test(text))
		return `The disk that holds ${folder} is read-only. Make it writable, or run Stepwell from another folder.`;
	if (/EACCES|EPERM|Permission denied/.test(text))
		return `Stepwell may not write to ${folder}. Give this user the right to, or run it from another folder.`;
	return null;
}
