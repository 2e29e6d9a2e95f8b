/**
 * Liquid as templates may use it. LiquidJS is no sandbox by its makers' word, so it gets an allow-list of tags and filters,
 * no files, plain objects only, and limits; see compliance notes on CVE-2026-45618, -30952, -41311 and -55575.
 */
import { defaultOperators, Liquid, Tokenizer, TokenKind, type Template } from 'liquidjs';
import { dateWords } from './date-words.ts';

/** What is wrong with a piece of Liquid, in plain words; `line` counts from 1. */
export class LiquidProblem extends Error {
	readonly line: number;
	constructor(message: string, line: number, options?: ErrorOptions) {
		super(message, options);
		this.line = line;
	}
}

const allowedTags = new Set(['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'comment']);
const allowedFilters = new Set([
	'abs', 'append', 'at_least', 'at_most', 'capitalize', 'ceil', 'date', 'default', 'divided_by', 'downcase', 'first',
	'floor', 'join', 'last', 'lstrip', 'minus', 'modulo', 'plus', 'prepend', 'remove', 'remove_first', 'replace',
	'replace_first', 'round', 'rstrip', 'size', 'sort', 'split', 'strip', 'times', 'truncate', 'truncatewords', 'uniq',
	'upcase'
]); // prettier-ignore

const limits = { parseLimit: 200_000, memoryLimit: 2_000_000 };

function keepOnly(all: object, allowed: ReadonlySet<string>): void {
	for (const name of Object.keys(all)) if (!allowed.has(name)) Reflect.deleteProperty(all, name);
}

function makeEngine(escapes: boolean): Liquid {
	const engine = new Liquid({
		...limits,
		ownPropertyOnly: true,
		strictFilters: true,
		cache: false,
		relativeReference: false,
		templates: {},
		...(escapes ? { outputEscape: 'escape' as const } : {})
	});
	keepOnly(engine.tags, allowedTags);
	keepOnly(engine.filters, allowedFilters);
	engine.registerFilter('date', dateInZone);
	return engine;
}

/** `date` in the reader's zone. */
function dateInZone(
	this: { context: { globals: object } },
	value: unknown,
	format?: string,
	zone?: string
): unknown {
	// 'now' would make two merges of one mail differ, and reads a clock that nobody can set.
	if (value === 'now' || value === 'today') return '';
	const readersZone = (this.context.globals as { zone?: string }).zone ?? 'UTC';
	return dateWords(value, String(format ?? '%B %-d, %Y'), zone ?? readersZone);
}

/** For HTML: every value printed is escaped. */
export const htmlEngine = makeEngine(true);
/** For subjects and text parts: values are printed as they are. */
export const textEngine = makeEngine(false);

/** Parses `text`. Throws LiquidProblem where it is not Liquid that a template may use. */
export function parseLiquid(text: string, engine: Liquid = textEngine): Template[] {
	try {
		return engine.parse(text);
	} catch (cause) {
		throw explain(cause);
	}
}

function explain(cause: unknown): LiquidProblem {
	if (!(cause instanceof Error)) throw cause;
	const line = /, line:(\d+)/.exec(cause.message)?.[1];
	const said = cause.message.replace(/(, file:.*)?, line:\d+, col:\d+[^]*$/, '');
	return new LiquidProblem(plainWords(said), Number(line ?? 1), { cause });
}

const sentences: [RegExp, (match: RegExpExecArray) => string][] = [
	[/^undefined filter: (.*)$/, (m) => `“${m[1]}” is not a filter that messages can use.`],
	[/^tag "(.*)" not found$/, (m) => `“${m[1]}” is not a tag that messages can use.`],
	[/^output "([^]*)" not closed$/, (m) => `“${m[1]}” is opened with {{ and not closed with }}.`],
	[/^tag "([^]*)" not closed$/, (m) => `“${m[1]}” is opened with {% and not closed with %}.`],
	[/^tag (\{%[^]*%\}) not closed$/, (m) => `“${m[1]}” has no end tag.`],
	[/^invalid value expression/, () => 'There is nothing usable between {{ and }}.']
];

function plainWords(said: string): string {
	for (const [pattern, sentence] of sentences) {
		const match = pattern.exec(said);
		if (match) return sentence(match);
	}
	return `This does not read as Liquid: ${said}.`;
}

/**
 * The fields of other people's making that `text` reads, such as `contact.firstName`, without repeats. Names that the text
 * itself assigns are not among them. Throws LiquidProblem for what is not Liquid.
 */
export function readsOf(text: string): string[] {
	const found = textEngine.globalVariableSegmentsSync(parseLiquid(text));
	return [...new Set(found.map(pathOf))];
}

function pathOf(segments: readonly unknown[]): string {
	// A segment that is itself a list is a computed name: contact[contact.x].
	if (segments.some((segment) => Array.isArray(segment)))
		throw new LiquidProblem('A field must be named, not computed: write {{ contact.firstName }}.', 1);
	return segments.join('.');
}

/** A text cut into what is Liquid and what is not, in order. Throws LiquidProblem where a piece is not closed. */
export function cutLiquid(text: string): { liquid: boolean; text: string }[] {
	try {
		const tokens = new Tokenizer(text, defaultOperators).readTopLevelTokens(textEngine.options);
		return tokens.map((token) => ({ liquid: token.kind !== TokenKind.HTML, text: token.getText() }));
	} catch (cause) {
		throw explain(cause);
	}
}
