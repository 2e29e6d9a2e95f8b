/** Tells "PostgreSQL is away" from "PostgreSQL refused this": only the first may be tried again unchanged. */

const socketCodes = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'ECONNABORTED',
	'ENOENT',
	'EPIPE',
	'ETIMEDOUT',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENOTFOUND',
	'EAI_AGAIN'
]);
// Class 08 is a broken connection; 57P01-03 say that the server stops, crashed or starts; 53300 that it has no room.
const serverCodes = /^(08...|57P0[1-3]|53300)$/;
// node-postgres gives these without a code.
const sentences =
	/^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed)/;

/** Whether `error` means that no answer came from PostgreSQL. The statement may have run all the same. */
export function isConnectionError(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	const { code } = error as Error & { code?: unknown };
	if (typeof code === 'string') return socketCodes.has(code) || serverCodes.test(code);
	return sentences.test(error.message);
}
