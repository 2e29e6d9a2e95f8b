/** What a scenario comes to before anybody moves: diagnostics that stop a publish, and what the product can't run yet. */
import { compile, parseJourney, type Diagnostic } from '$lib/journey/index.ts';
import { workspaceOf } from '$lib/journey/rehearse/rehearse.ts';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import { stillTrace, type Trace } from '$lib/journey/rehearse/trace.ts';
import { findEngineLimits } from './product.ts';

export type Checked =
	| { kind: 'sound' }
	/** Nobody moves: the trace has the diagnostics. */
	| { kind: 'refused'; trace: Trace }
	/** What this version's runtime does not run yet, in words: each names its place. */
	| { kind: 'too-new'; limits: string[] };

/** Judges a scenario without a database. */
export function checkScenario(scenario: Scenario): Checked {
	const { diagnostics, isSound } = compileAll(scenario);
	if (!isSound) return { kind: 'refused', trace: stillTrace(scenario, diagnostics) };
	const limits = scenario.journeys.flatMap(limitsOfJourney);
	return limits.length ? { kind: 'too-new', limits } : { kind: 'sound' };
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

/** One sentence for whoever typed the command. */
export function sentenceOf(limits: readonly string[]): string {
	return `The production runtime does not run yet: ${limits.join(', ')}. Play it with --engine memory.`;
}

function limitsOfJourney({ slug, document }: Scenario['journeys'][number]): string[] {
	const { document: sound } = parseJourney(document);
	const problems = sound ? findEngineLimits(sound, { carriesTexts: true, isRehearsal: true }) : [];
	const places = problems.map(({ step, path }) => (step ? `step “${step}”` : path));
	return [...new Set(places)].map((place) => `${place} of “${slug}”`);
}
