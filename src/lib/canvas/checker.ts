/** Has the drawing compiled in a worker: the newest document only, and never two at once. */
import type { Diagnostic, Workspace } from '$lib/journey/index.ts';
import type { CompileAnswer, CompileRequest } from './compile-worker.ts';
import type { DraftDocument } from './document.ts';

export class Checker {
	readonly #worker: Worker;
	#waiting: DraftDocument | null = null;
	#running = 0;
	#count = 0;

	/** `onresult` gets the problems of the newest document that was checked. */
	constructor(workspace: Workspace, slug: string, onresult: (diagnostics: Diagnostic[]) => void) {
		this.#worker = new Worker(new URL('./compile-worker.ts', import.meta.url), { type: 'module' });
		this.#worker.addEventListener('message', (event: MessageEvent<CompileAnswer>) => {
			this.#running = 0;
			if (this.#waiting) this.#next();
			else onresult(event.data.diagnostics);
		});
		this.#post({ is: 'workspace', workspace, slug });
	}

	check(document: DraftDocument): void {
		this.#waiting = document;
		if (this.#running === 0) this.#next();
	}

	stop(): void {
		this.#worker.terminate();
	}

	#next(): void {
		const document = this.#waiting;
		if (!document) return;
		this.#waiting = null;
		this.#running = ++this.#count;
		this.#post({ is: 'document', id: this.#running, document });
	}

	#post(request: CompileRequest): void {
		this.#worker.postMessage(request);
	}
}
