/** Reads `matches` (§4): from the text of a pattern to a tree, which a machine runs in memory and SQL takes as text. */
import { fold } from '../text.ts';
import { MOST_REPEATS, simplify, type PatternNode, type Range } from './pattern-tree.ts';

const MOST_NESTED = 50;
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;
const NEWLINE = 10;

/** What keeps text from being a pattern, in words. */
export class PatternFault extends Error {}

class PatternReader {
	private at = 0;
	private depth = 0;
	private readonly points: string[];
	private readonly folds: boolean;

	constructor(pattern: string, folds: boolean) {
		this.folds = folds;
		this.points = Array.from(pattern);
	}

	read(): PatternNode {
		const node = this.either();
		if (this.at < this.points.length) throw new PatternFault('a group is closed that was not opened');
		return node;
	}

	private peek(): string | undefined {
		return this.points[this.at];
	}

	private take(point: string): boolean {
		if (this.peek() !== point) return false;
		this.at++;
		return true;
	}

	private either(): PatternNode {
		const parts = [this.sequence()];
		while (this.take('|')) parts.push(this.sequence());
		return parts.length === 1 && parts[0] ? parts[0] : { kind: 'either', parts };
	}

	private sequence(): PatternNode {
		const parts: PatternNode[] = [];
		for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
			parts.push(this.repeated());
		}
		return { kind: 'sequence', parts };
	}

	private repeated(): PatternNode {
		const part = this.single();
		const bounds = this.bounds();
		if (!bounds) return part;
		if (part.kind === 'start' || part.kind === 'end')
			throw new PatternFault('an edge of the text is repeated');
		if (this.bounds()) throw new PatternFault('a repetition is repeated');
		return { kind: 'repeat', part, ...bounds };
	}

	private bounds(): { least: number; most: number } | null {
		if (this.take('*')) return { least: 0, most: Infinity };
		if (this.take('+')) return { least: 1, most: Infinity };
		if (this.take('?')) return { least: 0, most: 1 };
		if (!this.take('{')) return null;
		const least = this.digits();
		const most = this.take(',') ? (this.peek() === '}' ? Infinity : this.digits()) : least;
		if (!this.take('}')) throw new PatternFault('a repetition is not closed');
		if (least > MOST_REPEATS || (most !== Infinity && most > MOST_REPEATS) || least > most) {
			throw new PatternFault(`a repetition goes from 0 to ${MOST_REPEATS}`);
		}
		return { least, most };
	}

	private digits(): number {
		let digits = '';
		for (let next = this.peek(); next !== undefined && /^[0-9]$/.test(next); next = this.peek()) {
			digits += next;
			this.at++;
		}
		if (digits === '' || digits.length > 4) throw new PatternFault('a repetition needs a number');
		return Number(digits);
	}

	private single(): PatternNode {
		const next = this.points[this.at++] ?? '';
		switch (next) {
			case '.':
				return { kind: 'char', ranges: [[NEWLINE, NEWLINE]], except: true };
			case '^':
				return { kind: 'start' };
			case '$':
				return { kind: 'end' };
			case '(':
				return this.group();
			case '[':
				return this.set();
			case '\\':
				return this.literal(this.escaped());
			case '*':
			case '+':
			case '?':
			case '{':
			case '}':
			case ']':
				throw new PatternFault(`write \\${next} for the character itself`);
			default:
				return this.literal(next);
		}
	}

	private literal(character: string): PatternNode {
		const point = pointOf(this.folds ? fold(character) : character);
		return { kind: 'char', ranges: [[point, point]], except: false };
	}

	private group(): PatternNode {
		if (++this.depth > MOST_NESTED) throw new PatternFault('its groups nest too deep');
		const node = this.either();
		if (!this.take(')')) throw new PatternFault('a group is not closed');
		this.depth--;
		return node;
	}

	private escaped(): string {
		const point = this.points[this.at++] ?? '';
		if (!PUNCTUATION.test(point)) throw new PatternFault('a backslash stands before punctuation only');
		return point;
	}

	private set(): PatternNode {
		const except = this.take('^');
		const ranges: Range[] = [];
		while (!this.take(']')) ranges.push(this.range());
		if (!ranges.length) throw new PatternFault('a set in [ ] is empty');
		return { kind: 'char', ranges: joined(this.folds ? [...ranges, ...smallOnes(ranges)] : ranges), except };
	}

	private range(): Range {
		const from = this.member();
		if (this.peek() !== '-' || this.points[this.at + 1] === ']') return [from, from];
		this.at++;
		const to = this.member();
		if (to < from) throw new PatternFault('a range in [ ] runs backwards');
		return [from, to];
	}

	private member(): number {
		const point = this.points[this.at++];
		if (point === undefined) throw new PatternFault('a set in [ ] is not closed');
		if (point === '[') throw new PatternFault('write \\[ inside a set');
		return pointOf(point === '\\' ? this.escaped() : point);
	}
}

/** The first code point of a character. */
export function pointOf(character: string): number {
	return character.codePointAt(0) ?? 0;
}

// The text is folded, so what a set says of capitals holds for their small letters.
function smallOnes(ranges: readonly Range[]): Range[] {
	return letterPairs()
		.filter(([capital]) => ranges.some(([from, to]) => capital >= from && capital <= to))
		.map(([, small]) => [small, small]);
}

type LetterPair = readonly [capital: number, small: number];

const LAST_CAPITAL = 0x1ffff;
let pairs: LetterPair[] | undefined;

function letterPairs(): readonly LetterPair[] {
	if (pairs) return pairs;
	pairs = [];
	for (let point = 0; point <= LAST_CAPITAL; point++) {
		const letter = String.fromCodePoint(point);
		// What NFC writes in another way is in no folded text.
		if (letter.normalize('NFC') !== letter) continue;
		const small = fold(letter);
		if (small !== letter) pairs.push([point, pointOf(small)]);
	}
	return pairs;
}

function joined(ranges: readonly Range[]): Range[] {
	const result: [number, number][] = [];
	for (const [from, to] of [...ranges].sort((one, other) => one[0] - other[0])) {
		const last = result.at(-1);
		if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
		else result.push([from, to]);
	}
	return result;
}

/** The tree of a pattern; a condition's `folds` its literals and sets, a payload schema's minds case. Throws `PatternFault`. */
export function readPattern(pattern: string, folds: boolean): PatternNode {
	return simplify(new PatternReader(folds ? pattern.normalize('NFC') : pattern, folds).read());
}
