// The editor's worker, for the benchmark: it says when it is loaded, and can also be asked for the whole compile.
import '$lib/canvas/compile-worker.ts';
import { compile, type Workspace } from '$lib/journey/index.ts';

/** Unlike the editor's requests it brings its workspace along, so the editor's part passes over it. */
export interface WholeRequest {
	is: 'whole';
	id: number;
	document: unknown;
	workspace: Workspace;
}

addEventListener('message', ({ data }: MessageEvent<WholeRequest | { is: 'workspace' | 'document' }>) => {
	if (data.is !== 'whole') return;
	const { diagnostics } = compile(data.document, data.workspace, 'drawn');
	postMessage({ id: data.id, diagnostics });
});
postMessage('loaded');
