/** What the log keeps of an unexpected error: enough to find its place in the code, and nothing that may be about a person. */
import type { App } from '../app.ts';
import { randomSigns } from '../auth/secret-token.ts';

/**
 * Logs `error` under a new reference and gives the reference, for the page or the answer to show.
 *
 * An error's message is left out on purpose: PostgreSQL's quote the row, JSON's quote the body, and a row or a body is
 * about a patient. The name, the code, the constraint and the stack's places are ours.
 */
export function reportFailure(app: App, error: unknown, place: string): string {
	const reference = randomSigns(10);
	app.log.error({ reference, place, error: withoutContents(error) }, 'A request failed.');
	return reference;
}

interface Trace {
	name: string;
	code?: string;
	constraint?: string;
	frames: string[];
	cause?: Trace;
}

function withoutContents(error: unknown, depth = 0): Trace {
	if (!(error instanceof Error)) return { name: typeof error, frames: [] };
	const { code, constraint } = error as Error & { code?: unknown; constraint?: unknown };
	return {
		name: error.name,
		...(typeof code === 'string' && { code }),
		...(typeof constraint === 'string' && { constraint }),
		frames: framesOf(error),
		...(error.cause !== undefined && depth < 3 && { cause: withoutContents(error.cause, depth + 1) })
	};
}

function framesOf(error: Error): string[] {
	const lines = error.stack?.split('\n') ?? [];
	return lines
		.filter((line) => /^\s+at /.test(line))
		.slice(0, 12)
		.map((line) => line.trim());
}
