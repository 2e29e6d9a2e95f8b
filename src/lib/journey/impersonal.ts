/** From which steps an enrollment goes to its next wait, or its end, without anybody looking at who the person is. */
import type { Plan, PlanStep } from './plan.ts';

/** `step` ids. `acting`: where it arrives; `standing`: where its open visit wakes. */
export interface ImpersonalSteps {
	acting: ReadonlySet<string>;
	standing: ReadonlySet<string>;
}

/**
 * Only kinds that are known to ask nothing sealed are taken for it; a send asks no more than whether there is an address
 * (`reach`) and the time zone. An exit rule or goal looks at the person wherever it is asked.
 */
export function impersonalSteps(plan: Plan): ImpersonalSteps {
	const acting = new Set<string>();
	const standing = new Set<string>();
	if (plan.settings.exitWhen || plan.settings.goal) return { acting, standing };
	const steps = Object.values(plan.steps);
	const personal = new Set(
		steps.filter((step) => !step.disabled && !isImpersonal(step.kind)).map((step) => step.id)
	);
	// Whoever leads to a personal step without waiting before it is personal too.
	for (let isMore = true; isMore;) {
		isMore = false;
		for (const step of steps)
			if (!personal.has(step.id) && !isStop(step) && leadsTo(step, personal)) {
				personal.add(step.id);
				isMore = true;
			}
	}
	for (const step of steps) {
		if (personal.has(step.id)) continue;
		acting.add(step.id);
		// Its visit may have been opened by a version in which it was not switched off.
		if (isImpersonal(step.kind) && !leadsTo(step, personal)) standing.add(step.id);
	}
	return { acting, standing };
}

function leadsTo(step: PlanStep, some: ReadonlySet<string>): boolean {
	return Object.values(step.outcomes).some((next) => next !== null && some.has(next));
}

function isImpersonal(kind: PlanStep['kind']): boolean {
	switch (kind) {
		case 'wait.for':
		case 'wait.pace':
		case 'send.email':
		case 'send.text':
		case 'exit':
			return true;
		default:
			return kind.startsWith('trigger.');
	}
}

/** Whether nobody comes past it in the same wake. */
function isStop({ kind, disabled }: PlanStep): boolean {
	return !disabled && (kind === 'wait.for' || kind === 'wait.pace');
}
