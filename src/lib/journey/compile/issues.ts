/** Turns what a schema says into diagnostics of the catalogue, in a marketer's words. */
import * as z from 'zod/mini';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';

type Issue = z.core.$ZodIssue;

/** What to do about a setting that is missing or empty, by its key. */
const WANTED: Record<string, string> = {
	template: 'Choose the message to send.',
	purpose: 'Say why it is sent: treatment, operations or marketing.',
	duration: 'Say how long to wait.',
	timeout: 'Say how long to wait before going on without the event.',
	event: 'Name the event.',
	where: 'Add a condition.',
	date: 'Choose the date of the contact that it starts from.',
	offset: 'Say how long before or after the date. P0D is the day itself.',
	at: 'Choose a time of day.',
	repeat: 'Say whether it happens once or every year.',
	name: 'Give it a name.',
	config: 'The settings of this step are missing.',
	steps: 'The list of steps is missing.',
	edges: 'The list of connections is missing.',
	kind: 'Say what kind of step this is.',
	id: 'The step has no id.',
	format: 'The format is missing. Write “stepwell.journey/1”.'
};

/** Keys of the language that this version does not know yet. */
const LATER = new Set(['limit', 'every', 'inactive', 'attachments', 'segment']);

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

function unknownKey(path: string, key: string, step?: string): Diagnostic {
	const message = LATER.has(key)
		? `This version of Stepwell does not know “${key}” yet. Remove it, or build this part in another way.`
		: `“${key}” is no setting that belongs here. Remove it, or check how it is spelled.`;
	const place = at(path, key);
	return diagnose('format.unknown-key', place, message, {
		step,
		fix: { label: `Remove “${key}”`, patch: [{ op: 'remove', path: place }] }
	});
}

const TYPE_WORDS: Record<string, string> = {
	string: 'text',
	number: 'a number',
	boolean: 'yes or no',
	array: 'a list',
	object: 'a group of settings',
	record: 'a group of settings'
};

export function required(path: string, step?: string): Diagnostic {
	const key = lastKey(path);
	return diagnose('format.required', path, WANTED[key] ?? `“${key}” is missing. Fill it in.`, { step });
}

export function wrongType(path: string, expected: string, step?: string): Diagnostic {
	const key = lastKey(path);
	const what = path === '' ? 'The journey' : /^\d+$/.test(key) ? 'This entry' : `“${key}”`;
	return diagnose('format.type', path, `${what} must be ${expected}.`, { step });
}

function wrongValue(path: string, value: unknown, why: string, step?: string): Diagnostic {
	const key = lastKey(path);
	if (value === '' && WANTED[key]) return diagnose('format.value', path, WANTED[key], { step });
	return diagnose('format.value', path, `“${key}” does not fit: ${why}.`, { step });
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
		case 'invalid_type': {
			if (typeof value !== 'number')
				return [wrongType(path, TYPE_WORDS[issue.expected] ?? 'of another type', step)];
			const isNumber = issue.expected === 'number' || issue.expected === 'int';
			if (!isNumber) return [wrongType(path, TYPE_WORDS[issue.expected] ?? 'of another type', step)];
			return [wrongValue(path, value, 'write a whole number', step)];
		}
		case 'invalid_value':
			return [oneOf(path, issue.values, value, step)];
		case 'custom':
			if (typeof value !== 'object' || Array.isArray(value) || value === null) {
				if (issue.message === 'Invalid input') return [wrongType(path, 'a condition', step)];
			}
			return [wrongValue(path, value, issue.message, step)];
		default:
			return [
				wrongValue(
					path,
					value,
					issue.message === 'Invalid input' ? 'it is out of range' : issue.message,
					step
				)
			];
	}
}

/** Reads with a schema; what does not fit is added to `found` at its place under `base`. */
export function readWith<S extends z.core.$ZodType>(
	schema: S,
	input: unknown,
	base: string,
	found: Diagnostic[],
	step?: string
): z.core.output<S> | null {
	const result = z.safeParse(schema, input);
	if (result.success) return result.data;
	for (const issue of result.error.issues) found.push(...readIssue(issue, input, base, step));
	return null;
}
