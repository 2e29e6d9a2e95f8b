/** The steps of a report's table: every step of the versions asked for, described and counted. Pure. */
import { STEP_GROUPS, describeStep, kinds, stepNames, type JourneyDocument } from '$lib/journey/index.ts';
import { z } from 'zod';
import { inOrder } from './flow.ts';
import type { LoadedNames } from './names.ts';
import { noNumbers, stepNumbersSchema, type StepNumbers } from './step-numbers.ts';

export const reportStepSchema = z.object({
	id: z.string(),
	kind: z.string(),
	group: z.enum(STEP_GROUPS),
	title: z.string(),
	line: z.string(),
	/** The message's name, for a step that sends one. */
	message: z.string().nullable(),
	/** False for a step that only older versions have. */
	current: z.boolean(),
	numbers: stepNumbersSchema
});
export type ReportStep = z.infer<typeof reportStepSchema>;

/**
 * The newest document's steps in the order in which people pass them, then those of older ones that are gone since.
 * `documents` come newest first.
 */
export function reportSteps(
	documents: readonly JourneyDocument[],
	numbersById: ReadonlyMap<string, StepNumbers>,
	names: LoadedNames
): ReportStep[] {
	const stepById = new Map<string, ReportStep>();
	documents.forEach((document, age) => {
		const allNames = { ...names, step: stepNames(document, names) };
		for (const step of inOrder(document)) {
			if (stepById.has(step.id)) continue;
			stepById.set(step.id, {
				id: step.id,
				kind: step.kind,
				group: kinds[step.kind].group,
				...describeStep(step, allNames),
				message:
					step.kind === 'send.email' || step.kind === 'send.text'
						? names.template(step.config.template)
						: null,
				current: age === 0,
				numbers: numbersById.get(step.id) ?? noNumbers()
			});
		}
	});
	return [...stepById.values()];
}
