import { kindName, type PlanStep } from '$lib/journey/index.ts';
import type { LoadedNames } from './names.ts';

/** What a step of a plan is called, in a few words; `drawn` is null where its version has no such step. */
export function stepTitle(drawn: PlanStep | null, names: LoadedNames): string {
	if (!drawn) return 'A step';
	if (drawn.kind === 'send.email') return names.template(drawn.config.template);
	return drawn.label ?? kindName(drawn.kind);
}
