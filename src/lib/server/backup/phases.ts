/** Tells in a terminal what is being done and how long each part took. */
import { resolve } from 'node:path';
import type { Tell } from './load.ts';

export class Phases {
	private since = 0;
	private readonly from = performance.now();
	private readonly write: (text: string) => void;

	constructor(write: (text: string) => void = (text) => void process.stdout.write(text)) {
		this.write = write;
	}

	/** A phase begins, and the one before is over. */
	readonly tell: Tell = (phase) => {
		this.end();
		this.since = performance.now();
		this.write(`${phase} … `);
	};

	/** The last phase is over. Safe to call again. */
	end(how = ''): void {
		if (this.since) this.write(`${how || seconds(this.since)}\n`);
		this.since = 0;
	}

	/** All of it so far: `12.3 s`. */
	get total(): string {
		return seconds(this.from);
	}
}

function seconds(from: number): string {
	return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}

/** Runs `work`; a phase that fails says so before the error goes on. */
export async function inPhases<T>(work: (phases: Phases) => Promise<T>): Promise<T> {
	const phases = new Phases();
	try {
		return await work(phases);
	} catch (error) {
		phases.end('failed');
		throw error;
	} finally {
		phases.end();
	}
}

/** A file as it was typed: npm runs scripts in the project's folder, wherever somebody was. */
export function whereTyped(file: string, env: NodeJS.ProcessEnv): string {
	return resolve(env.INIT_CWD ?? '.', file);
}

/** `12.3 MB` */
export function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
