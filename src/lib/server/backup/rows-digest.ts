/**
 * One number for all rows of a table, whatever their order: the sum of the SHA-256 of every row, taken in eight words of 32 bits.
 * It tells whether two tables hold the same rows without sorting either. Against somebody who forges rows the hash of the file
 * stands, not this.
 */
import { hash } from 'node:crypto';

const NEWLINE = 10;
const WORDS = 8;

export interface RowsMeasure {
	rows: number;
	/** 64 hexadecimal digits. */
	digest: string;
}

/** Counts and adds up the rows of COPY's text format: one a line, since a line's end within a value is written `\n`. */
export class RowsDigest {
	private readonly sums = new Uint32Array(WORDS);
	private rows = 0;
	private rest: Buffer = Buffer.alloc(0);

	/** Takes the next piece, which may end anywhere in a row. */
	add(piece: Buffer): void {
		let from = 0;
		for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
			const row = piece.subarray(from, end);
			this.addRow(this.rest.length === 0 ? row : Buffer.concat([this.rest, row]));
			this.rest = Buffer.alloc(0);
			from = end + 1;
		}
		if (from < piece.length) this.rest = Buffer.concat([this.rest, piece.subarray(from)]);
	}

	measure(): RowsMeasure {
		const bytes = Buffer.alloc(4 * WORDS);
		this.sums.forEach((sum, at) => bytes.writeUInt32BE(sum, 4 * at));
		return { rows: this.rows, digest: bytes.toString('hex') };
	}

	private addRow(row: Buffer): void {
		const digest = hash('sha256', row, 'buffer');
		for (let at = 0; at < WORDS; at++) this.sums[at] = (this.sums[at] ?? 0) + digest.readUInt32BE(4 * at);
		this.rows++;
	}
}

/** Passes `pieces` on while `digest` counts them. */
export async function* counted(pieces: AsyncIterable<Buffer>, digest: RowsDigest): AsyncGenerator<Buffer> {
	for await (const piece of pieces) {
		digest.add(piece);
		yield piece;
	}
}
