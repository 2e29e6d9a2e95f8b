import { LIMITS } from '../document.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';

interface Place {
	value: unknown;
	path: string;
	depth: number;
}

/** Bytes of a JSON text of this string, but for its escapes. */
function bytesOf(text: string): number {
	let bytes = text.length + 2;
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
	}
	return bytes;
}

function fault(place: Place, message: string): Diagnostic {
	return diagnose('format.limit', place.path, message);
}

/**
 * Whether something is JSON of a size and depth that the readers after this one may recurse into. Also stops on an
 * object that contains itself, for that one has no end.
 */
export function measure(input: unknown): Diagnostic | null {
	const todo: Place[] = [{ value: input, path: '', depth: 0 }];
	let bytes = 0;
	for (let place = todo.pop(); place; place = todo.pop()) {
		const { value, path, depth } = place;
		if (depth > LIMITS.depth)
			return fault(place, 'This is nested too deep. Split the condition into several steps.');
		if (bytes > LIMITS.bytes) {
			return fault(
				{ ...place, path: '' },
				'The journey is larger than 1 MiB. Split it into several journeys.'
			);
		}
		if (typeof value === 'string') bytes += bytesOf(value);
		else if (typeof value === 'object' && value !== null) {
			bytes += 2;
			const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
			for (const key of keys) {
				bytes += typeof key === 'string' ? bytesOf(key) + 2 : 1;
				if (bytes > LIMITS.bytes) break;
				todo.push({ value: (value as Record<string, unknown>)[key], path: at(path, key), depth: depth + 1 });
			}
		} else bytes += typeof value === 'number' || typeof value === 'boolean' ? String(value).length : 4;
	}
	if (bytes <= LIMITS.bytes) return null;
	return diagnose('format.limit', '', 'The journey is larger than 1 MiB. Split it into several journeys.');
}
