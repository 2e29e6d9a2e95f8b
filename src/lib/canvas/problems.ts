/** What the compiler says about a drawing, and how its fixes are applied. */
import type { Diagnostic, Patch } from '$lib/journey/index.ts';
import type { DraftDocument } from './document.ts';

/** Errors stop a publish; warnings and hints do not. */
export function isBlocking(problem: Diagnostic): boolean {
	return problem.severity === 'error';
}

const order = { error: 0, warning: 1, info: 2 };

/** The gravest first, each group in the order of the document. */
export function bySeverity(problems: readonly Diagnostic[]): Diagnostic[] {
	return [...problems].sort((a, b) => order[a.severity] - order[b.severity]);
}

/** The worst severity among problems; undefined where there is none. */
export function worstOf(problems: readonly Diagnostic[]): Diagnostic['severity'] | undefined {
	return bySeverity(problems)[0]?.severity;
}

/** The document after a fix. A patch whose place is gone is passed over: the document changed since it was offered. */
export function applyFix(document: DraftDocument, patches: readonly Patch[]): DraftDocument {
	const copy: DraftDocument = structuredClone(document);
	for (const patch of patches) applyPatch(copy, patch);
	return copy;
}

function applyPatch(document: DraftDocument, patch: Patch): void {
	const parts = patch.path
		.split('/')
		.slice(1)
		.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
	const last = parts.pop();
	const parent = parts.reduce<unknown>(
		(value, part) => (isContainer(value) ? value[part] : undefined),
		document
	);
	if (last === undefined || !isContainer(parent)) return;
	if (Array.isArray(parent)) patchArray(parent, Number(last), patch);
	else if (patch.op === 'remove') Reflect.deleteProperty(parent, last);
	else parent[last] = patch.value;
}

function patchArray(array: unknown[], index: number, patch: Patch): void {
	if (!Number.isInteger(index) || index < 0 || index > array.length) return;
	if (patch.op === 'remove') array.splice(index, 1);
	else array[index] = patch.value;
}

function isContainer(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}
