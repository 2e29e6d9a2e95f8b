/**
 * `matches`: the language's own regular expressions (§4), run in time linear in the text. A pattern becomes a program
 * for a machine that follows all its threads at once, so no pattern can make it slow.
 */
import { PatternFault, pointOf, readPattern } from './pattern-reader.ts';
import { sizeOf, type PatternNode } from './pattern-tree.ts';

type CharTest = (point: number) => boolean;

type Instruction =
	| { op: 'char'; test: CharTest }
	| { op: 'split'; to: number; or: number }
	| { op: 'jump'; to: number }
	| { op: 'start' }
	| { op: 'end' }
	| { op: 'match' };

/** Tests text, folded before unless the pattern minds case. */
export type Pattern = (text: string) => boolean;

const MOST_INSTRUCTIONS = 5_000;
// What PostgreSQL can prepare too: `[^a]*` 400 times over, which is 80,600 ways, takes it 80 ms; 130,800 ways took 2 s.
const MOST_WAYS = 100_000;
// Repeated `^` and `$` cost it the most: 54 of them took 1.4 s, and 144 are beyond it.
const MOST_REPEATED_EDGES = 40;

function testOf({ ranges, except }: Extract<PatternNode, { kind: 'char' }>): CharTest {
	return (point) => ranges.some(([from, to]) => point >= from && point <= to) !== except;
}

const TOO_LARGE = 'it is too large';

class Assembler {
	readonly program: Instruction[] = [];

	private put(instruction: Instruction): number {
		if (this.program.length >= MOST_INSTRUCTIONS) throw new PatternFault(TOO_LARGE);
		return this.program.push(instruction) - 1;
	}

	emit(node: PatternNode): void {
		switch (node.kind) {
			case 'char':
				this.put({ op: 'char', test: testOf(node) });
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

	private emitEither(parts: PatternNode[]): void {
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

	private emitRepeat(part: PatternNode, least: number, most: number): void {
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
 * The pattern as a test of text and as a tree, or why it is none. A condition's pattern folds its literals and tests
 * folded text; a payload schema's minds case.
 */
export function compilePattern(
	pattern: string,
	folds = true
): { test: Pattern; tree: PatternNode } | { fault: string } {
	try {
		const tree = readPattern(pattern, folds);
		const { ways, repeatedEdges } = sizeOf(tree);
		if (ways > MOST_WAYS || repeatedEdges > MOST_REPEATED_EDGES) throw new PatternFault(TOO_LARGE);
		const assembler = new Assembler();
		assembler.emit(tree);
		const program: Instruction[] = [...assembler.program, { op: 'match' }];
		return { test: (text) => run(program, text), tree };
	} catch (error) {
		if (error instanceof PatternFault) return { fault: error.message };
		throw error;
	}
}
