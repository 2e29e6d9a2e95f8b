/**
 * PostgreSQL's COPY in both directions, streamed, in its text format: the whole of a table passes through little memory, and
 * every value comes back as the server itself would write it. pg leaves COPY to whoever submits a query of their own.
 */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type pg from 'pg';

/** What pg's connection has for COPY, which its types don't know. */
interface CopyConnection {
	stream: Duplex;
	query(text: string): void;
	sendCopyFromChunk(chunk: Buffer): void;
	endCopyFrom(): void;
	sendCopyFail(why: string): void;
}

// One protocol message is one row; rows go on in pieces of this size.
const PIECE_BYTES = 64 * 1024;
// More than this unread, and the server is made to wait.
const UNREAD_PIECES = 16;

/** What a COPY … TO STDOUT gives, in pieces that may end anywhere in a row. */
export async function* copyOut(client: pg.PoolClient, statement: string): AsyncGenerator<Buffer> {
	const copy = new CopyOut(statement);
	client.query(copy);
	try {
		yield* copy.pieces();
	} finally {
		copy.drop();
	}
}

class CopyOut {
	private readonly ready: Buffer[] = [];
	private piece = Buffer.allocUnsafe(PIECE_BYTES);
	private used = 0;
	private ended = false;
	private dropped = false;
	private failure: Error | undefined;
	private wake: () => void = () => {};
	private stream: Duplex | undefined;
	private readonly statement: string;

	constructor(statement: string) {
		this.statement = statement;
	}

	async *pieces(): AsyncGenerator<Buffer> {
		for (;;) {
			const piece = this.ready.shift();
			if (piece) yield piece;
			else if (this.failure) throw this.failure;
			else if (this.ended) return;
			else await this.more();
		}
	}

	/** Nobody reads on: what still comes is thrown away, so that the connection can be used again. */
	drop(): void {
		this.dropped = true;
		this.ready.length = 0;
		this.stream?.resume();
	}

	submit(connection: unknown): void {
		const { stream } = connection as CopyConnection;
		this.stream = stream;
		(connection as CopyConnection).query(this.statement);
	}

	// The bytes belong to pg's buffer and are overwritten after this call.
	handleCopyData({ chunk }: { chunk: Buffer }): void {
		if (this.dropped) return;
		for (let at = 0; at < chunk.length;) {
			const taken = chunk.copy(this.piece, this.used, at);
			this.used += taken;
			at += taken;
			if (this.used === PIECE_BYTES) this.hand();
		}
		if (this.ready.length >= UNREAD_PIECES) this.stream?.pause();
	}

	handleCommandComplete(): void {
		if (this.used > 0 && !this.dropped) this.hand();
	}

	handleReadyForQuery(): void {
		this.ended = true;
		this.wake();
	}

	handleError(error: Error): void {
		this.failure = error;
		this.wake();
	}

	private hand(): void {
		this.ready.push(this.piece.subarray(0, this.used));
		this.piece = Buffer.allocUnsafe(PIECE_BYTES);
		this.used = 0;
		this.wake();
	}

	private more(): Promise<void> {
		return new Promise((resolve) => {
			this.wake = resolve;
			this.stream?.resume();
		});
	}
}

/** Runs a COPY … FROM STDIN with what `source` gives. When the source throws, nothing is copied and its error comes through. */
export async function copyIn(
	client: pg.PoolClient,
	statement: string,
	source: AsyncIterable<Buffer>
): Promise<void> {
	const copy = new CopyIn(statement, source);
	client.query(copy);
	await copy.done;
}

class CopyIn {
	readonly done: Promise<void>;
	private settle: { resolve(): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
	private failure: { error: unknown } | undefined;
	private readonly statement: string;
	private readonly source: AsyncIterable<Buffer>;

	constructor(statement: string, source: AsyncIterable<Buffer>) {
		this.statement = statement;
		this.source = source;
		this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
	}

	submit(connection: unknown): void {
		(connection as CopyConnection).query(this.statement);
	}

	handleCopyInResponse(connection: CopyConnection): void {
		void this.send(connection);
	}

	handleCommandComplete(): void {}

	handleReadyForQuery(): void {
		this.settle.resolve();
	}

	/** Of several reasons the first is the true one: the server's answer to our giving up only repeats it. */
	handleError(error: Error): void {
		this.failure ??= { error };
		this.settle.reject(this.failure.error);
	}

	private async send(connection: CopyConnection): Promise<void> {
		try {
			for await (const piece of this.source) {
				if (this.failure) return;
				connection.sendCopyFromChunk(piece);
				if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
			}
			connection.endCopyFrom();
		} catch (error) {
			this.failure ??= { error };
			connection.sendCopyFail('The source could not be read.');
		}
	}
}
