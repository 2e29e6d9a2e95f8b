/** Names as the index compares them: letters without case, width or accents, word by word. */

// Letters whose accent can't be taken off, as people type them without; and the sigma that ends a word.
const plainByLetter: Readonly<Record<string, string>> = {
	ß: 'ss',
	æ: 'ae',
	œ: 'oe',
	ø: 'o',
	đ: 'd',
	ð: 'd',
	ħ: 'h',
	ı: 'i',
	ł: 'l',
	þ: 'th',
	ς: 'σ'
};

/** The words of a name: `Müller-Lüdenscheidt` is `muller`, `ludenscheidt`; `O’Brien` is `obrien`. */
export function wordsOf(name: string): string[] {
	const folded = name
		// First, since NFKC takes some of them apart.
		.replace(/['’‘ʼ`´]/g, '')
		.normalize('NFKC')
		.toLowerCase()
		.normalize('NFD')
		// Accents of Latin, Greek and Cyrillic; the vowel signs of other scripts are letters to their readers.
		.replace(/[\u0300-\u036f]/g, '')
		.normalize('NFC')
		.replace(/[ßæœøđðħıłþς]/g, (letter) => plainByLetter[letter] ?? letter);
	return folded.split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== '');
}

/**
 * Whether a name, once opened, is really what a search asked for: the index looks at six letters a word. Every word of
 * `query` must be a word of the name; its last one may be the beginning of one.
 */
export function nameMatches(name: string, query: string): boolean {
	const words = wordsOf(name);
	const asked = wordsOf(query);
	return (
		asked.length > 0 &&
		asked.every((word, at) =>
			words.some((each) =>
				at === asked.length - 1 && isPrefix(word) ? each.startsWith(word) : each === word
			)
		)
	);
}

/** The shortest beginning that is searched by; a shorter word is searched as a whole word. */
export const SHORTEST_PREFIX = 2;
export const LONGEST_PREFIX = 6;

/** Whether a word is long enough to be the beginning of another. */
export function isPrefix(word: string): boolean {
	return Array.from(word).length >= SHORTEST_PREFIX;
}
