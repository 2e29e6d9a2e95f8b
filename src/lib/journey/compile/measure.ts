import { LIMITS } from '../document.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';
import { unknownKey } from './issues.ts';

/** Bytes of a JSON text of this string, but for its escapes. */
function bytesOf(text: string): number {
	let bytes = text.length + 2;
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
	}
	return bytes;
}

function mostBytesOf(text: string): number {
	return text.length * 3 + 2;
}

const TOO_DEEP = 'This is nested too deep. Split the condition into several steps.';
const TOO_LARGE = 'The journey is larger than 1 MiB. Split it into several journeys.';

/**
 * Whether something is JSON of a size and depth that the readers after this one may recurse into. Also stops on an
 * object that contains itself, for that one has no end.
 */
export function measure(input: unknown): Diagnostic | null {
	// Few journeys come near the limit, and to look at each character takes longer than all the rest.
	const fault = new Measuring(mostBytesOf).look(input);
	return fault?.message === TOO_LARGE ? new Measuring(bytesOf).look(input) : fault;
}

/** One pass through a value. The path is only put together for a fault. */
class Measuring {
	private bytes = 0;
	/** The keys that lead to the value that is looked at. */
	private readonly keys: (string | number)[] = [];
	private readonly bytesOf: (text: string) => number;

	constructor(bytesOf: (text: string) => number) {
		this.bytesOf = bytesOf;
	}

	look(value: unknown): Diagnostic | null {
		const { keys } = this;
		if (keys.length > LIMITS.depth) return diagnose('format.limit', at('', ...keys), TOO_DEEP);
		// Schemas pass over this key, and an object that is built with it is another than the one that was read.
		if (keys.at(-1) === '__proto__') return unknownKey(at('', ...keys.slice(0, -1)), '__proto__');
		this.bytes += this.ownBytes(value);
		const inside = typeof value !== 'object' || value === null ? null : this.lookInside(value);
		return inside ?? (this.bytes > LIMITS.bytes ? diagnose('format.limit', '', TOO_LARGE) : null);
	}

	/** Without what it holds. */
	private ownBytes(value: unknown): number {
		if (typeof value === 'string') return this.bytesOf(value);
		if (typeof value === 'object' && value !== null) return 2;
		return typeof value === 'number' || typeof value === 'boolean' ? String(value).length : 4;
	}

	private lookInside(value: object): Diagnostic | null {
		if (Array.isArray(value)) {
			this.bytes += value.length;
			for (let index = value.length - 1; index >= 0 && this.bytes <= LIMITS.bytes; index--) {
				const fault = this.lookAt(value[index], index);
				if (fault) return fault;
			}
			return null;
		}
		const names = Object.keys(value);
		for (const name of names) this.bytes += this.bytesOf(name) + 2;
		for (let index = names.length - 1; index >= 0 && this.bytes <= LIMITS.bytes; index--) {
			const name = names[index] ?? '';
			const fault = this.lookAt((value as Record<string, unknown>)[name], name);
			if (fault) return fault;
		}
		return null;
	}

	private lookAt(value: unknown, key: string | number): Diagnostic | null {
		this.keys.push(key);
		const fault = this.look(value);
		this.keys.pop();
		return fault;
	}
}
