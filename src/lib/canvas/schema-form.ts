/** What a form made from the language's own fields reads and writes. */
import { fieldsOf, type Diagnostic, type Field, type StepKind } from '$lib/journey/index.ts';

type Config = Record<string, unknown>;

function isConfig(value: unknown): value is Config {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a draft's settings hold at a place; undefined where there is nothing. */
export function valueAt(config: Config, path: readonly string[]): unknown {
	return path.reduce<unknown>((value, key) => (isConfig(value) ? value[key] : undefined), config);
}

/** The settings with another value at a place. Undefined takes the key out; groups on the way there are made. */
export function withValue(config: Config, path: readonly string[], value: unknown): Config {
	const [key, ...rest] = path;
	if (key === undefined) return config;
	const inner = config[key];
	const next = rest.length === 0 ? value : withValue(isConfig(inner) ? inner : {}, rest, value);
	if (next !== undefined) return { ...config, [key]: next };
	const { [key]: _, ...others } = config;
	return others;
}

/** The settings that a kind's own form does not ask for and that are set all the same, so that they can be seen and changed. */
export function fieldsLeftOut(kind: StepKind, config: Config, own: readonly string[]): Field[] {
	return fieldsOf(kind, config).filter(
		({ path: [key = ''] }) => !own.includes(key) && config[key] !== undefined
	);
}

/** What is wrong at a field, in the compiler's words: there, or anywhere inside of it. */
export function problemAt(
	problems: readonly Diagnostic[],
	stepIndex: number,
	path: readonly string[]
): string | undefined {
	const place = `/steps/${stepIndex}/config/${path.join('/')}`;
	const fault = problems.find(
		(problem) =>
			problem.severity === 'error' && (problem.path === place || problem.path.startsWith(`${place}/`))
	);
	return fault?.message;
}

/** What a group starts with when somebody switches it on: complete where that can be. */
export function firstOf(field: Field): unknown {
	switch (field.control) {
		case 'group':
			return Object.fromEntries(
				(field.fields ?? [])
					.filter((inner) => inner.required)
					.map((inner) => [inner.path.at(-1) ?? '', firstOf(inner)])
			);
		case 'number':
			return Math.max(field.min ?? 0, 50);
		case 'yesNo':
			return false;
		case 'choice':
			return field.options?.[0]?.value;
		case 'duration':
			return 'P1D';
		case 'time':
			// A window that starts and ends at once is none.
			return field.path.at(-1) === 'to' ? '08:00' : '21:00';
		default:
			return undefined;
	}
}

/** A number that was typed, within the field's bounds; undefined for none. */
export function boundedNumber(field: Pick<Field, 'min' | 'max'>, typed: number | null): number | undefined {
	if (typed === null || !Number.isFinite(typed)) return undefined;
	const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = field;
	return Math.max(min, Math.min(max, Math.trunc(typed)));
}

/** The words of an optional choice that is left out. */
export function unsetLabel(field: Field): string {
	const chosen = field.options?.find(({ value }) => value === field.default);
	return chosen ? `As usual: ${chosen.label}` : 'Not set';
}

/** Text in lines as a list; undefined where nothing is written. One name alone is a list of one. */
export function linesToList(text: string): string[] | undefined {
	const entries = text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');
	return entries.length > 0 ? entries : undefined;
}

/** A list as text in lines; a single text is a list of one. */
export function listToLines(value: unknown): string {
	if (typeof value === 'string') return value;
	return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').join('\n') : '';
}

/** One name and its value, of headers or of attributes to set. */
export interface Pair {
	name: string;
	value: unknown;
}

export function pairsOf(value: unknown): Pair[] {
	return isConfig(value) ? Object.entries(value).map(([name, each]) => ({ name, value: each })) : [];
}

/** Pairs as an object; one without a name is still being typed, and left out. */
export function pairsToObject(pairs: readonly Pair[]): Config {
	return Object.fromEntries(
		pairs.filter(({ name }) => name !== '').map(({ name, value }) => [name, value ?? ''])
	);
}
