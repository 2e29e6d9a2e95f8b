/** Turns what a schema says into diagnostics of the catalogue, in a marketer's words. */
import * as z from 'zod/mini';
import { branchFaults } from './branches.ts';
import { at, diagnose, type Diagnostic, type Fix } from './diagnostic.ts';
import { wantedAt } from './wanted.ts';

type Issue = z.core.$ZodIssue;

function valueAt(input: unknown, path: PropertyKey[]): unknown {
	let value = input;
	for (const key of path) {
		if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
		value = (value as Record<PropertyKey, unknown>)[key];
	}
	return value;
}

function lastKey(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function removeAt(path: string, label = `Remove “${lastKey(path)}”`): Fix {
	return { label, patch: [{ op: 'remove', path }] };
}

/** A key that nobody asked for. */
export function unknownKey(path: string, key: string, step?: string): Diagnostic {
	const message = `“${key}” is no setting that belongs here. Remove it, or check how it is spelled.`;
	const place = at(path, key);
	return diagnose('format.unknown-key', place, message, { step, fix: removeAt(place, `Remove “${key}”`) });
}

const TYPE_WORDS: Record<string, string> = {
	string: 'text',
	number: 'a number',
	boolean: 'yes or no',
	null: 'empty',
	array: 'a list',
	object: 'a group of settings',
	record: 'a group of settings'
};

export function required(path: string, step?: string): Diagnostic {
	const key = lastKey(path);
	return diagnose('format.required', path, wantedAt(path, key) ?? `“${key}” is missing. Fill it in.`, {
		step
	});
}

export function wrongType(path: string, expected: string, step?: string): Diagnostic {
	const what = path === '' ? 'The journey' : entryOr(lastKey(path));
	return diagnose('format.type', path, `${what} must be ${expected}.`, { step });
}

function entryOr(key: string): string {
	return /^\d+$/.test(key) ? 'This entry' : `“${key}”`;
}

function wrongValue(path: string, value: unknown, why: string, step?: string): Diagnostic {
	const key = lastKey(path);
	const wanted = value === '' ? wantedAt(path, key) : null;
	if (wanted !== null) return diagnose('format.value', path, wanted, { step });
	if (typeof value === 'object') return diagnose('format.value', path, sentence(why), { step });
	return diagnose('format.value', path, `${entryOr(key)} does not fit: ${why}.`, { step });
}

/** What is said of a whole group or list stands for itself. */
function sentence(why: string): string {
	return `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
}

function oneOf(path: string, values: readonly unknown[], value: unknown, step?: string): Diagnostic {
	const known = values.map(String).join(', ');
	if (typeof value === 'object') return wrongType(path, 'text', step);
	if (lastKey(path) === 'kind') {
		const message = `This version of Stepwell does not know the step kind “${String(value)}”. Use one of: ${known}.`;
		return diagnose('format.value', path, message, { step });
	}
	if (lastKey(path) === 'format') {
		const message = `This file is of the format “${String(value)}”. This version reads ${known}.`;
		return diagnose('format.value', path, message, { step });
	}
	return wrongValue(path, value, `use one of ${known}`, step);
}

function readIssue(issue: Issue, input: unknown, base: string, step?: string): Diagnostic[] {
	const path = at(base, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part)));
	const value = valueAt(input, issue.path);
	if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, step));
	if (value === undefined) return [required(path, step)];
	switch (issue.code) {
		case 'invalid_type':
			return [wrongKindOfValue(issue.expected, path, value, step)];
		case 'invalid_union':
			return [wrongType(path, unionWords(issue), step)];
		case 'invalid_key': {
			const why = issue.issues[0]?.message ?? 'choose another name';
			return [{ ...wrongValue(path, lastKey(path), why, step), fix: removeAt(path) }];
		}
		case 'invalid_value':
			return [oneOf(path, issue.values, value, step)];
		case 'custom':
			return readCustom(issue, path, value, step);
		default: {
			const why = issue.message === 'Invalid input' ? 'it is out of range' : issue.message;
			return [wrongValue(path, value, why, step)];
		}
	}
}

function wrongKindOfValue(expected: string, path: string, value: unknown, step?: string): Diagnostic {
	if (typeof value === 'number' && (expected === 'number' || expected === 'int')) {
		return wrongValue(path, value, 'write a whole number', step);
	}
	return wrongType(path, TYPE_WORDS[expected] ?? 'of another type', step);
}

function unionWords(issue: Extract<Issue, { code: 'invalid_union' }>): string {
	const expected = issue.errors.map(([first]) => (first?.code === 'invalid_type' ? first.expected : 'array'));
	const words = [...new Set(expected.map((each) => TYPE_WORDS[each] ?? 'of another type'))];
	return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** What a rule of the schema says: about a value, or about one key of a group that does not go with the others. */
function readCustom(
	issue: Extract<Issue, { code: 'custom' }>,
	path: string,
	value: unknown,
	step?: string
): Diagnostic[] {
	if (issue.message === 'Invalid input') return [wrongType(path, 'a condition', step)];
	if (Array.isArray(value) && lastKey(path) === 'branches') {
		const faults = branchFaults(value, path, step);
		return faults.length ? faults : [noWeight(issue.message, value, path, step)];
	}
	const found = wrongValue(path, value, issue.message, step);
	if (!isMisplaced(issue)) return [found];
	const group = path.slice(0, path.lastIndexOf('/'));
	const isQuiet = lastKey(group) === 'quietHours';
	return [{ ...found, fix: isQuiet ? removeAt(group, 'Remove the quiet hours') : removeAt(path) }];
}

/** Whether the schema looked at the group around a key, so that it is the key that does not belong. */
function isMisplaced({ input, path }: Issue): boolean {
	const key = path.at(-1);
	const isGroup = typeof input === 'object' && input !== null && !Array.isArray(input);
	return isGroup && key !== undefined && Object.hasOwn(input, key);
}

function noWeight(why: string, branches: unknown[], path: string, step?: string): Diagnostic {
	const patch = branches.map((_, index) => ({
		op: 'set' as const,
		path: at(path, index, 'weight'),
		value: 1
	}));
	return diagnose('format.value', path, sentence(why), {
		step,
		fix: { label: 'Give all the same weight', patch }
	});
}

/** Reads with a schema; what does not fit is added to `found` at its place under `base`, once. */
export function readWith<S extends z.core.$ZodType>(
	schema: S,
	input: unknown,
	base: string,
	found: Diagnostic[],
	step?: string
): z.core.output<S> | null {
	const result = z.safeParse(schema, input, { reportInput: true });
	if (result.success) return result.data;
	const said = new Set<string>();
	for (const issue of result.error.issues) {
		for (const diagnostic of readIssue(issue, input, base, step)) {
			const key = `${diagnostic.path} ${diagnostic.message}`;
			if (!said.has(key)) found.push(diagnostic);
			said.add(key);
		}
	}
	return null;
}
