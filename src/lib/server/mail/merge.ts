/**
 * Merging a text with one contact's values, fast: pieces that only print a field are looked up here, everything else is
 * LiquidJS's. Both print the same; a test holds them together.
 */
import { TokenKind, type Liquid, type Template } from 'liquidjs';
import { htmlEngine, parseLiquid, textEngine } from '$lib/journey/liquid.ts';

export type Scope = Record<string, unknown>;
export interface MergeOptions {
	/** IANA zone for the dates in the text. */
	zone: string;
}
export type Merge = (scope: Scope, options: MergeOptions) => string;

/** A merge of `text` whose values are escaped for HTML. Throws LiquidProblem when it does not parse. */
export const htmlMerge = (text: string): Merge => mergeOf(text, htmlEngine, escapeHtml);
/** A merge of `text` whose values are printed as they are. Throws LiquidProblem when it does not parse. */
export const textMerge = (text: string): Merge => mergeOf(text, textEngine, (value) => value);

interface Piece {
	template: Template;
	/** `contact.firstName` as a list, for a piece that prints just that. */
	path: string[] | null;
	/** What it prints instead of nothing: `| default: "there"`. */
	fallback: string;
}

// Counts, not seconds: on a busy machine a limit in time would refuse a patient's mail for nothing.
const limits = { templateLimit: 20_000, memoryLimit: 2_000_000 };

function mergeOf(text: string, engine: Liquid, escape: (value: string) => string): Merge {
	const templates = parseLiquid(text, engine);
	const render = (some: Template[], scope: Scope, options: MergeOptions) =>
		engine.renderSync(some, scope, { globals: options, ...limits }) as string;
	// An assigned name lives on in what follows, so such a text is rendered in one go.
	if (/\{%-?\s*(assign|break|continue)\b/.test(text))
		return (scope, options) => render(templates, scope, options);
	// `{{-` takes white space from the text beside it, which only LiquidJS knows how to cut.
	const trims = /\{[{%]-|-[%}]\}/.test(text);
	const pieces = templates.map((template) => pieceOf(template, trims));
	return (scope, options) => {
		let merged = '';
		for (const piece of pieces) {
			if (typeof piece === 'string') merged += piece;
			else merged += printed(piece, scope, escape) ?? render([piece.template], scope, options);
		}
		return merged;
	};
}

const FIELD =
	/^\{\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)')\s*)?\}\}$/;
// LiquidJS gives these names a meaning of their own, or reads them as values.
const SPECIAL = new Set(['size', 'first', 'last', 'true', 'false', 'nil', 'null', 'empty', 'blank']);

function pieceOf(template: Template, trims: boolean): string | Piece {
	const { token } = template;
	const text = token.getText();
	if (token.kind === TokenKind.HTML && !trims) return text;
	const field = token.kind === TokenKind.Output ? FIELD.exec(text) : null;
	const path = field?.[1]?.split('.') ?? null;
	if (!path || path.some((name) => SPECIAL.has(name))) return { template, path: null, fallback: '' };
	return { template, path, fallback: field?.[2] ?? field?.[3] ?? '' };
}

/** What the piece prints, or null where that is LiquidJS's to say: lists, objects, filters, tags. */
function printed({ path, fallback }: Piece, scope: Scope, escape: (value: string) => string): string | null {
	if (!path) return null;
	let value: unknown = scope;
	for (const name of path) {
		if (value === null || value === undefined) break;
		if (typeof value !== 'object' || Array.isArray(value)) return null;
		value = Object.hasOwn(value, name) ? (value as Scope)[name] : undefined;
	}
	switch (typeof value) {
		case 'undefined':
			return escape(fallback);
		case 'string':
			return escape(value === '' ? fallback : value);
		case 'number':
			return String(value);
		default:
			return value === null ? escape(fallback) : null;
	}
}

const entities: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&#34;',
	"'": '&#39;'
};

function escapeHtml(value: string): string {
	return /[&<>"']/.test(value) ? value.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter) : value;
}
