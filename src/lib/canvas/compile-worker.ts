/** Compiles drawings beside the page, so that a large one never holds up a drag. */
import { findProblems, type Diagnostic, type Workspace } from '$lib/journey/index.ts';

export type CompileRequest =
	{ is: 'workspace'; workspace: Workspace; slug: string } | { is: 'document'; id: number; document: unknown };

export interface CompileAnswer {
	id: number;
	diagnostics: Diagnostic[];
}

let surroundings: { workspace: Workspace; slug: string } | null = null;

addEventListener('message', (event: MessageEvent<CompileRequest>) => {
	const request = event.data;
	if (request.is === 'workspace') {
		surroundings = request;
	} else if (surroundings) {
		const diagnostics = findProblems(request.document, surroundings.workspace, surroundings.slug);
		postMessage({ id: request.id, diagnostics } satisfies CompileAnswer);
	}
});
