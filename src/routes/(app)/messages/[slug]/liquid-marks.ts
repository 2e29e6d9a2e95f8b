/** The Liquid in a text, for the eye: which stretches are fields, and which fields they are. */

export interface Stretch {
	text: string;
	/** The field it prints, such as `contact.firstName`; null for a tag such as `{% if … %}`; undefined for plain text. */
	path?: string | null;
}

const LIQUID = /\{\{-?\s*([A-Za-z_][\w.]*)?[^]*?\}\}|\{%[^]*?%\}/g;

/** `text` in stretches; joined they are the same text. */
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

/** The fields that `text` prints, without repeats. */
export function pathsIn(text: string): string[] {
	const paths = stretchesOf(text).map(({ path }) => path);
	return [...new Set(paths.filter((path): path is string => typeof path === 'string'))];
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
