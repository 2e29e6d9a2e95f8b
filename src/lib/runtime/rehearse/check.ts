/** What a scenario comes to before anybody moves: diagnostics that stop a publish. */
import { compile, type Diagnostic } from '$lib/journey/index.ts';
import { workspaceOf } from '$lib/journey/rehearse/rehearse.ts';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import { stillTrace, type Trace } from '$lib/journey/rehearse/trace.ts';

export type Checked =
	| { kind: 'sound' }
	/** Nobody moves: the trace has the diagnostics. */
	| { kind: 'refused'; trace: Trace };

/** Judges a scenario without a database. */
export function checkScenario(scenario: Scenario): Checked {
	const { diagnostics, isSound } = compileAll(scenario);
	return isSound ? { kind: 'sound' } : { kind: 'refused', trace: stillTrace(scenario, diagnostics) };
}

/** What the compiler says to each journey of a scenario, by slug; `isSound` where it stops none. */
export function compileAll(scenario: Scenario): {
	diagnostics: Record<string, Diagnostic[]>;
	isSound: boolean;
} {
	const workspace = workspaceOf(scenario);
	const compiled = scenario.journeys.map(({ slug, document }) => ({
		slug,
		...compile(document, workspace, slug)
	}));
	return {
		diagnostics: Object.fromEntries(compiled.map(({ slug, diagnostics }) => [slug, diagnostics])),
		isSound: compiled.every(({ plan }) => plan !== null)
	};
}
