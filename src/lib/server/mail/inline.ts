/** The little markup that a text block may hold: **bold**, [a link](https://…), a line break, an empty line for a paragraph. */

export type Inline =
	| { kind: 'text'; text: string }
	| { kind: 'bold'; children: Inline[] }
	| { kind: 'link'; label: string; url: string };

const MARKUP = /\*\*(?<bold>[^]+?)\*\*|\[(?<label>[^\]\n]+)\]\((?<url>[^)\n]*)\)/;

/** The paragraphs of `text`, each a list of lines, each a list of pieces. */
export function parseParagraphs(text: string): Inline[][][] {
	return text
		.replaceAll('\r\n', '\n')
		.split(/\n[ \t]*\n+/)
		.map((paragraph) => paragraph.trim())
		.filter((paragraph) => paragraph !== '')
		.map((paragraph) => paragraph.split('\n').map((line) => parseLine(line.trim())));
}

/** The pieces of one line. What looks like markup and is not complete stays text. */
export function parseLine(line: string): Inline[] {
	const pieces: Inline[] = [];
	let rest = line;
	for (let match = MARKUP.exec(rest); match?.groups; match = MARKUP.exec(rest)) {
		if (match.index > 0) pieces.push({ kind: 'text', text: rest.slice(0, match.index) });
		const { bold, label, url } = match.groups;
		pieces.push(
			bold !== undefined
				? { kind: 'bold', children: parseLine(bold) }
				: { kind: 'link', label: label ?? '', url: (url ?? '').trim() }
		);
		rest = rest.slice(match.index + match[0].length);
	}
	if (rest !== '') pieces.push({ kind: 'text', text: rest });
	return pieces;
}

/** Every link in `text`, in order. */
export function linksIn(text: string): { label: string; url: string }[] {
	const found: { label: string; url: string }[] = [];
	const walk = (pieces: Inline[]): void => {
		for (const piece of pieces) {
			if (piece.kind === 'link') found.push({ label: piece.label, url: piece.url });
			if (piece.kind === 'bold') walk(piece.children);
		}
	};
	for (const paragraph of parseParagraphs(text)) for (const line of paragraph) walk(line);
	return found;
}

/** `text` without its markup: the words alone. */
export function wordsOf(text: string): string {
	const say = (piece: Inline): string => {
		switch (piece.kind) {
			case 'text':
				return piece.text;
			case 'bold':
				return piece.children.map(say).join('');
			case 'link':
				return piece.label;
		}
	};
	return parseParagraphs(text)
		.map((paragraph) => paragraph.map((line) => line.map(say).join('')).join('\n'))
		.join('\n\n');
}
