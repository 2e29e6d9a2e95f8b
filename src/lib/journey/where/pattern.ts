/**
 * `matches`: the language's own regular expressions (§4), run in time linear in the text. A pattern becomes a program
 * for a machine that follows all its threads at once, so no pattern can make it slow.
 */
import { fold } from '../text.ts';

type CharTest = (point: number) => boolean;

type Instruction =
	| { op: 'char'; test: CharTest }
	| { op: 'split'; to: number; or: number }
	| { op: 'jump'; to: number }
	| { op: 'start' }
	| { op: 'end' }
	| { op: 'match' };

type Node =
	| { kind: 'char'; test: CharTest }
	| { kind: 'start' }
	| { kind: 'end' }
	| { kind: 'sequence'; parts: Node[] }
	| { kind: 'either'; parts: Node[] }
	| { kind: 'repeat'; part: Node; least: number; most: number };

/** Tests text, folded before unless the pattern minds case. */
export type Pattern = (text: string) => boolean;

const MOST_REPEATS = 255;
const MOST_INSTRUCTIONS = 5_000;
const MOST_NESTED = 50;
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;
const NEWLINE = 10;

class PatternFault extends Error {}

class PatternReader {
	private at = 0;
	private depth = 0;
	private readonly points: string[];
	private readonly folds: boolean;

	constructor(pattern: string, folds: boolean) {
		this.folds = folds;
		this.points = Array.from(pattern);
	}

	read(): Node {
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

	private either(): Node {
		const parts = [this.sequence()];
		while (this.take('|')) parts.push(this.sequence());
		return parts.length === 1 && parts[0] ? parts[0] : { kind: 'either', parts };
	}

	private sequence(): Node {
		const parts: Node[] = [];
		for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
			parts.push(this.repeated());
		}
		return { kind: 'sequence', parts };
	}

	private repeated(): Node {
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

	private single(): Node {
		const next = this.points[this.at++] ?? '';
		switch (next) {
			case '.':
				return { kind: 'char', test: (point) => point !== NEWLINE };
			case '^':
				return { kind: 'start' };
			case '$':
				return { kind: 'end' };
			case '(':
				return this.group();
			case '[':
				return { kind: 'char', test: this.set() };
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

	private literal(character: string): Node {
		const wanted = pointOf(this.folds ? fold(character) : character);
		return { kind: 'char', test: (point) => point === wanted };
	}

	private group(): Node {
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

	private set(): CharTest {
		const except = this.take('^');
		const ranges: [number, number][] = [];
		while (!this.take(']')) ranges.push(this.range());
		if (!ranges.length) throw new PatternFault('a set in [ ] is empty');
		const has = this.folds ? foldedRanges(ranges) : isInside(ranges);
		return except ? (point) => !has(point) : has;
	}

	private range(): [number, number] {
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

function pointOf(character: string): number {
	return character.codePointAt(0) ?? 0;
}

function isInside(ranges: [number, number][]): CharTest {
	return (point) => ranges.some(([from, to]) => point >= from && point <= to);
}

/** The text is folded, so a small letter is in a range where it, or its capital, is. */
function foldedRanges(ranges: [number, number][]): CharTest {
	const inside = isInside(ranges);
	return (point) => inside(point) || inside(capitalOf(point));
}

function capitalOf(point: number): number {
	const capital = String.fromCodePoint(point).toUpperCase();
	const first = pointOf(capital);
	return String.fromCodePoint(first) === capital ? first : point;
}

class Assembler {
	readonly program: Instruction[] = [];

	private put(instruction: Instruction): number {
		if (this.program.length >= MOST_INSTRUCTIONS) throw new PatternFault('it is too large');
		return this.program.push(instruction) - 1;
	}

	emit(node: Node): void {
		switch (node.kind) {
			case 'char':
				this.put({ op: 'char', test: node.test });
				return;
			case 'start':
			case 'end':
				this.put({ op: node.kind });
				return;
			case 'sequence':
				for (const part of node.parts) this.emit(part);
				return;
			case 'either':
				this.emitEither(node.parts);
				return;
			case 'repeat':
				this.emitRepeat(node.part, node.least, node.most);
		}
	}

	private emitEither(parts: Node[]): void {
		const ends: { op: 'jump'; to: number }[] = [];
		parts.forEach((part, index) => {
			if (index === parts.length - 1) return this.emit(part);
			const split = { op: 'split' as const, to: this.program.length + 1, or: 0 };
			this.put(split);
			this.emit(part);
			const jump = { op: 'jump' as const, to: 0 };
			this.put(jump);
			ends.push(jump);
			split.or = this.program.length;
		});
		for (const end of ends) end.to = this.program.length;
	}

	private emitRepeat(part: Node, least: number, most: number): void {
		for (let times = 0; times < least; times++) this.emit(part);
		if (most === Infinity) {
			const split = { op: 'split' as const, to: this.program.length + 1, or: 0 };
			const start = this.put(split);
			this.emit(part);
			this.put({ op: 'jump', to: start });
			split.or = this.program.length;
			return;
		}
		const splits: { op: 'split'; to: number; or: number }[] = [];
		for (let times = least; times < most; times++) {
			const split = { op: 'split' as const, to: this.program.length + 1, or: 0 };
			this.put(split);
			splits.push(split);
			this.emit(part);
		}
		for (const split of splits) split.or = this.program.length;
	}
}

/** Follows every thread of the program at once; a thread starts at each place, for a match may begin anywhere. */
function run(program: Instruction[], text: string): boolean {
	const seen = new Int32Array(program.length).fill(-1);
	const points = Array.from(text, pointOf);
	let threads: number[] = [];
	for (let place = 0; place <= points.length; place++) {
		const point = points[place];
		const ready: { test: CharTest; next: number }[] = [];
		const todo = [0, ...threads];
		while (todo.length) {
			const index = todo.pop() ?? 0;
			if (seen[index] === place) continue;
			seen[index] = place;
			const instruction = program[index];
			if (!instruction || instruction.op === 'match') return true;
			if (instruction.op === 'char') ready.push({ test: instruction.test, next: index + 1 });
			else if (instruction.op === 'jump') todo.push(instruction.to);
			else if (instruction.op === 'split') todo.push(instruction.or, instruction.to);
			else if (instruction.op === 'start' ? place === 0 : place === points.length) todo.push(index + 1);
		}
		if (point === undefined) return false;
		threads = ready.filter((thread) => thread.test(point)).map((thread) => thread.next);
	}
	return false;
}

/**
 * The pattern as a test of text, or why it is none. A condition's pattern folds its literals and tests folded text; a
 * payload schema's minds case.
 */
export function compilePattern(pattern: string, folds = true): { test: Pattern } | { fault: string } {
	try {
		const assembler = new Assembler();
		assembler.emit(new PatternReader(folds ? pattern.normalize('NFC') : pattern, folds).read());
		const program: Instruction[] = [...assembler.program, { op: 'match' }];
		return { test: (text) => run(program, text) };
	} catch (error) {
		if (error instanceof PatternFault) return { fault: error.message };
		throw error;
	}
}
