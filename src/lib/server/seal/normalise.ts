/** One spelling for each value that is looked up, so that equal things get equal marks. Null when nothing is left. */
import { wordsOf } from './name-words.ts';

export type IndexedKind = keyof typeof spell;

const spell = {
	email: (value: string) => plain(value),
	'email-domain': (value: string) => plain(value).split('@').at(-1) ?? '',
	phone: digitsOf,
	// Leading zeros and dashes tell record numbers apart; spaces never do.
	'record-number': (value: string) => plain(value).replace(/\s+/g, ''),
	name: (value: string) => wordsOf(value).join(' '),
	/** As it is written, each sign of it: ids and keys of other systems. */
	exact: (value: string) => value
};

/** `value` as it is indexed. */
export function normalise(kind: IndexedKind, value: string): string | null {
	return spell[kind](value) || null;
}

function plain(value: string): string {
	return value.normalize('NFKC').toLowerCase().trim();
}

// E.164 as far as the text tells: a number without a country is one of North America when it has ten digits and a valid
// first one. The extension is not part of the line.
function digitsOf(value: string): string {
	const [line = ''] = plain(value).split(/(?<=\d.*)(?:ext?\.?|x|#|;)/);
	const signs = line.replace(/[^\d+]/g, '').replace(/^00/, '+');
	const digits = signs.replace(/\+/g, '');
	if (!digits) return '';
	return !signs.startsWith('+') && /^[2-9]\d{9}$/.test(digits) ? `+1${digits}` : `+${digits}`;
}
