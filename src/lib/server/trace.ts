/** What may be kept of an error: enough to find its place in the code, and nothing that may be about a person. */

const FRAMES = 12;
const CAUSES = 3;
// The built product is two bundles, each with its own class; the log of one gets traces of both.
const mark = Symbol.for('stepwell.trace');

/**
 * An error without its contents. Its message is left out on purpose: PostgreSQL's quote the row, JSON's quote the body, and a
 * row or a body is about a patient. The name, the code, the constraint and the stack's places are ours.
 */
export class Trace {
	readonly name: string;
	readonly code?: string;
	readonly constraint?: string;
	readonly frames: string[];
	readonly cause?: Trace;

	get [mark](): true {
		return true;
	}

	constructor(error: unknown, causes = CAUSES) {
		this.name = error instanceof Error ? error.name : typeof error;
		this.frames = error instanceof Error ? framesOf(error) : [];
		if (!(error instanceof Error)) return;
		const { code, constraint } = error as Error & { code?: unknown; constraint?: unknown };
		if (typeof code === 'string') this.code = code;
		if (typeof constraint === 'string') this.constraint = constraint;
		if (error.cause !== undefined && causes > 0) this.cause = new Trace(error.cause, causes - 1);
	}
}

/** Whether `value` is a trace, also one of the other bundle. */
export function isTrace(value: object): value is Trace {
	return mark in value;
}

const FRAME = /^\s+at .*(:\d+:\d+\)?|\((native|<anonymous>|index \d+)\))$/;

// The message stands above the frames, has lines of its own, and one of them may look like a frame.
function framesOf({ message, stack = '' }: Error): string[] {
	const at = stack.indexOf(message);
	return stack
		.slice(at === -1 ? 0 : at + message.length)
		.split('\n')
		.filter((line) => FRAME.test(line))
		.slice(0, FRAMES)
		.map((line) => line.trim());
}
