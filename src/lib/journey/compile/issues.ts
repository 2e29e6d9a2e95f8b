/** Turns what a schema says into diagnostics of the catalogue, in a marketer's words. */
import * as z from 'zod/mini';
import { branchFaults } from './branches.ts';
import { at, diagnose, type Diagnostic, type Fix } from './diagnostic.ts';
import { wantedAt } from './wanted.ts';

type Issue = z.core.$ZodIssue;

/** What is said of the parts of some kind of document. */
export interface Words {
	/** What the whole is called. */
	whole: string;
	/** What an object in it is called. */
	group: string;
	/** What to do about a part that is missing or empty; null where only its key can be named. */
	wantedAt(path: string, key: string): string | null;
	unknown(key: string): string;
}

const journeyWords: Words = {
	whole: 'The journey',
	group: 'a group of settings',
	wantedAt,
	unknown: (key) => `“${key}” is no setting that belongs here. Remove it, or check how it is spelled.`
};

/** What a schema is read for. */
interface About {
	step?: string;
	words: Words;
}

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
export function unknownKey(path: string, key: string, step?: string, words = journeyWords): Diagnostic {
	const place = at(path, key);
	const fix = removeAt(place, `Remove “${key}”`);
	return diagnose('format.unknown-key', place, words.unknown(key), { step, fix });
}

const TYPE_WORDS: Record<string, string> = {
	string: 'text',
	number: 'a number',
	boolean: 'yes or no',
	null: 'empty',
	array: 'a list'
};

function typeWords(expected: string, { group }: Words): string {
	return expected === 'object' || expected === 'record' ? group : (TYPE_WORDS[expected] ?? 'of another type');
}

export function required(path: string, step?: string, words = journeyWords): Diagnostic {
	const key = lastKey(path);
	const message = words.wantedAt(path, key) ?? `“${key}” is missing. Fill it in.`;
	return diagnose('format.required', path, message, { step });
}

export function wrongType(path: string, expected: string, step?: string, words = journeyWords): Diagnostic {
	const what = path === '' ? words.whole : entryOr(lastKey(path));
	return diagnose('format.type', path, `${what} must be ${expected}.`, { step });
}

function entryOr(key: string): string {
	return /^\d+$/.test(key) ? 'This entry' : `“${key}”`;
}

function wrongValue(path: string, value: unknown, why: string, { step, words }: About): Diagnostic {
	const key = lastKey(path);
	const wanted = value === '' ? words.wantedAt(path, key) : null;
	if (wanted !== null) return diagnose('format.value', path, wanted, { step });
	if (typeof value === 'object') return diagnose('format.value', path, sentence(why), { step });
	return diagnose('format.value', path, `${entryOr(key)} does not fit: ${why}.`, { step });
}

/** What is said of a whole group or list stands for itself. */
function sentence(why: string): string {
	return `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
}

function oneOf(path: string, values: readonly unknown[], value: unknown, about: About): Diagnostic {
	const { step, words } = about;
	const known = values.map(String).join(', ');
	if (typeof value === 'object') return wrongType(path, 'text', step, words);
	if (lastKey(path) === 'kind') {
		const message = `This version of Stepwell does not know the step kind “${String(value)}”. Use one of: ${known}.`;
		return diagnose('format.value', path, message, { step });
	}
	if (lastKey(path) === 'format') {
		const message = `This file is of the format “${String(value)}”. This version reads ${known}.`;
		return diagnose('format.value', path, message, { step });
	}
	return wrongValue(path, value, `use one of ${known}`, about);
}

function readIssue(issue: Issue, input: unknown, base: string, about: About): Diagnostic[] {
	const { step, words } = about;
	const path = at(base, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part)));
	const value = valueAt(input, issue.path);
	if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, step, words));
	if (value === undefined) return [required(path, step, words)];
	switch (issue.code) {
		case 'invalid_type':
			return [wrongKindOfValue(issue.expected, path, value, about)];
		case 'invalid_union':
			return [wrongType(path, unionWords(issue, words), step, words)];
		case 'invalid_key': {
			const why = issue.issues[0]?.message ?? 'choose another name';
			return [{ ...wrongValue(path, lastKey(path), why, about), fix: removeAt(path) }];
		}
		case 'invalid_value':
			return [oneOf(path, issue.values, value, about)];
		case 'custom':
			return readCustom(issue, path, value, about);
		default: {
			const why = issue.message === 'Invalid input' ? 'it is out of range' : issue.message;
			return [wrongValue(path, value, why, about)];
		}
	}
}

function wrongKindOfValue(expected: string, path: string, value: unknown, about: About): Diagnostic {
	if (typeof value === 'number' && (expected === 'number' || expected === 'int')) {
		return wrongValue(path, value, 'write a whole number', about);
	}
	return wrongType(path, typeWords(expected, about.words), about.step, about.words);
}

function unionWords(issue: Extract<Issue, { code: 'invalid_union' }>, words: Words): string {
	const expected = issue.errors.map(([first]) => (first?.code === 'invalid_type' ? first.expected : 'array'));
	const said = [...new Set(expected.map((each) => typeWords(each, words)))];
	return `${said.slice(0, -1).join(', ')} or ${said.at(-1) ?? ''}`;
}

/** What a rule of the schema says: about a value, or about one key of a group that does not go with the others. */
function readCustom(
	issue: Extract<Issue, { code: 'custom' }>,
	path: string,
	value: unknown,
	about: About
): Diagnostic[] {
	const { step } = about;
	if (issue.message === 'Invalid input') return [wrongType(path, 'a condition', step)];
	if (Array.isArray(value) && lastKey(path) === 'branches') {
		const faults = branchFaults(value, path, step);
		return faults.length ? faults : [noWeight(issue.message, value, path, step)];
	}
	const found = wrongValue(path, value, issue.message, about);
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
	step?: string,
	words = journeyWords
): z.core.output<S> | null {
	const result = z.safeParse(schema, input, { reportInput: true });
	if (result.success) return result.data;
	const said = new Set<string>();
	for (const issue of result.error.issues) {
		for (const diagnostic of readIssue(issue, input, base, { step, words })) {
			const key = `${diagnostic.path} ${diagnostic.message}`;
			if (!said.has(key)) found.push(diagnostic);
			said.add(key);
		}
	}
	return null;
}
