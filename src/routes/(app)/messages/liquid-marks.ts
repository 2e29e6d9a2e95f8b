/** The Liquid and the markup in a text, for the eye: fields, tags, bold, links. */

export interface Stretch {
	text: string;
	/** The field it prints, such as `contact.firstName`; null for a tag such as `{% if … %}`; undefined for what is no Liquid. */
	path?: string | null;
	bold?: boolean;
	/** 'mark' is markup that the reader of the mail does not see; 'link' is a link's words. */
	role?: 'mark' | 'link';
}

const LIQUID = /\{\{-?\s*([A-Za-z_][\w.]*)?[^]*?\}\}|\{%[^]*?%\}/g;

/** `text` in stretches, Liquid apart from the rest; joined they are the same text. */
export function stretchesOf(text: string): Stretch[] {
	const stretches: Stretch[] = [];
	let last = 0;
	for (const match of text.matchAll(LIQUID)) {
		if (match.index > last) stretches.push({ text: text.slice(last, match.index) });
		stretches.push({ text: match[0], path: match[1] ?? null });
		last = match.index + match[0].length;
	}
	if (last < text.length) stretches.push({ text: text.slice(last) });
	return stretches;
}

const MARKUP = /\*\*|(\[)([^\]\n]+)(\]\([^)\n]*\))/g;

/** The stretches of a text block, with its bold and its links told apart. A star without its partner is just a star. */
export function dressedStretchesOf(text: string): Stretch[] {
	let marks = stretchesOf(text).reduce(
		(sum, { path, text }) => sum + (path === undefined ? text.split('**').length - 1 : 0),
		0
	);
	let bold = false;
	const dressed: Stretch[] = [];
	for (const stretch of stretchesOf(text)) {
		if (stretch.path !== undefined) {
			dressed.push({ ...stretch, bold });
			continue;
		}
		let last = 0;
		for (const match of stretch.text.matchAll(MARKUP)) {
			if (match.index > last) dressed.push({ text: stretch.text.slice(last, match.index), bold });
			last = match.index + match[0].length;
			const [all, open, label, close] = match;
			if (open && label && close) {
				dressed.push(
					{ text: open, role: 'mark' },
					{ text: label, role: 'link', bold },
					{ text: close, role: 'mark' }
				);
			} else if (bold || marks > 1) {
				dressed.push({ text: all, role: 'mark' });
				bold = !bold;
				marks--;
			} else dressed.push({ text: all });
		}
		if (last < stretch.text.length) dressed.push({ text: stretch.text.slice(last), bold });
	}
	return dressed;
}

/** The fields that `text` prints, without repeats. */
export function pathsIn(text: string): string[] {
	const paths = stretchesOf(text).map(({ path }) => path);
	return [...new Set(paths.filter((path): path is string => typeof path === 'string'))];
}

/** A field's name as words, where its label is not at hand: `contact.firstName` → "first name". */
export function nameOf(path: string): string {
	return path
		.slice(path.indexOf('.') + 1)
		.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
		.replace(/[._]/g, ' ')
		.toLowerCase();
}

export interface Field {
	path: string;
	label: string;
	type: 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';
	phi: boolean;
}

/** What every message can read besides the contact's attributes. */
export const everywhere: readonly Field[] = [
	{ path: 'contact.name', label: 'Full name', type: 'text', phi: false },
	{ path: 'journey.name', label: 'Name of the journey', type: 'text', phi: false }
];

/** What to write for a field, so that it reads well and never leaves a hole. */
export function liquidFor({ path, type }: Field): string {
	if (path === 'contact.firstName') return '{{ contact.firstName | default: "there" }}';
	if (type === 'date') return `{{ ${path} | date: "%B %-d, %Y" }}`;
	if (type === 'datetime') return `{{ ${path} | date: "%B %-d at %-I:%M %p" }}`;
	if (type === 'list') return `{{ ${path} | join: ", " }}`;
	return `{{ ${path} }}`;
}
