/** Parses what came in against its schema; what is wrong is named by its path, and never quoted. */
import type { z } from 'zod';
import { ApiError, type Problem } from '../api/errors.ts';
import { pointer } from './pointer.ts';

const MAX_PROBLEMS = 20;

/** The parsed value. Throws `input.invalid` with the path of the first fault, and the rest in `problems`. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw invalidInput(parsed.error.issues);
}

/** The refusal that zod's issues stand for. */
export function invalidInput(issues: readonly z.core.$ZodIssue[]): ApiError {
	const problems = issues.flatMap((issue) => flatten(issue, [])).slice(0, MAX_PROBLEMS);
	const [first] = problems;
	return new ApiError('input.invalid', first?.message ?? 'The input is not valid.', {
		path: first?.path,
		...(problems.length > 1 && { problems })
	});
}

function flatten(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Problem[] {
	const path = [...above, ...issue.path];
	if (issue.code === 'unrecognized_keys')
		return issue.keys.map((key) => problem([...path, key], 'There is no field of this name.'));
	if (issue.code === 'invalid_union') {
		// The branch that was meant is the one that failed inside, not at its very type.
		const meant = issue.errors.find((branch) => !branch.some(isTypeOfWhole));
		if (meant) return meant.flatMap((inner) => flatten(inner, path));
	}
	return [problem(path, sentence(issue.message))];
}

function isTypeOfWhole(issue: z.core.$ZodIssue): boolean {
	return issue.code === 'invalid_type' && issue.path.length === 0;
}

function problem(path: readonly PropertyKey[], message: string): Problem {
	return { code: 'input.invalid', message, path: pointer(path) };
}

function sentence(message: string): string {
	return /[.!?]$/.test(message) ? message : `${message}.`;
}
