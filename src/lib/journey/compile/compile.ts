import type { JourneyDocument } from '../document.ts';
import type { Plan } from '../plan.ts';
import { parse } from './1-parse.ts';
import { analyse } from './2-analyse/analyse.ts';
import type { Volumes } from './2-analyse/volume.ts';
import { makePlan } from './3-plan.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Workspace } from './workspace.ts';

export { touchesOf, type Reads, type Touches, type Writes } from './2-analyse/touches.ts';

/** A document by its format alone, without looking at what it means. Never throws. */
export function parseJourney(
	input: unknown
): { document: JourneyDocument; diagnostics: [] } | { document: null; diagnostics: Diagnostic[] } {
	const { document, found } = parse(input);
	return document ? { document, diagnostics: [] } : { document: null, diagnostics: found };
}

export interface Compiled {
	/** Null where any diagnostic is an error. */
	plan: Plan | null;
	diagnostics: Diagnostic[];
	/** The most messages that one passage can bring; null where not even the graph could be read. */
	volume: Volumes | null;
}

/**
 * Proves a journey sound: the plan to run, or what keeps it from being run. A step whose settings do not fit hides no
 * problem elsewhere. `slug` is the journey's own; under it the input takes the place of what the workspace knows. Never
 * throws, whatever the input.
 */
export function compile(input: unknown, workspace: Workspace, slug = ''): Compiled {
	const { document, found, volumeOf } = prove(input, workspace, slug);
	const volume = volumeOf?.() ?? null;
	const diagnostics = found.toSorted(byPlace);
	const isSound = !diagnostics.some((diagnostic) => diagnostic.severity === 'error');
	const plan = document && isSound ? makePlan(document, workspace, slug, volume ?? undefined) : null;
	return { plan, diagnostics, volume };
}

/**
 * The diagnostics of `compile` alone, for who draws: without the plan and the promised bounds, which take a third of
 * its time.
 */
export function findProblems(input: unknown, workspace: Workspace, slug = ''): Diagnostic[] {
	return prove(input, workspace, slug).found.toSorted(byPlace);
}

function prove(input: unknown, workspace: Workspace, slug: string) {
	const { draft, document, found } = parse(input);
	return { document, found, volumeOf: draft && analyse(draft, workspace, slug, found) };
}

const places = new Intl.Collator('en', { numeric: true });

/** Errors first, then in the document's order. */
function byPlace(one: Diagnostic, other: Diagnostic): number {
	if (one.severity !== other.severity) return one.severity === 'error' ? -1 : 1;
	return places.compare(one.path, other.path);
}
