/** The text part of a message, for readers without HTML. Liquid still, to be merged per contact without escaping. */
import { UNSUBSCRIBE, type Block } from './blocks.ts';
import { CARE_REASON, MARKETING_REASON, section } from './frame.ts';
import { parseLine, parseParagraphs, type Inline } from './inline.ts';
import { Placeholders } from './placeholders.ts';

/** `links` are the tracked addresses in the order in which the HTML met them; the text part uses the same numbers. */
export function plainLetter(blocks: readonly Block[], links: readonly string[]): string {
	const placeholders = new Placeholders();
	let next = 0;
	const address = (url: string): string => {
		if (placeholders.restore(url).includes('{{')) return placeholders.hide(UNSUBSCRIBE);
		return next < links.length ? placeholders.hide(`{{ links.to${next++} }}`) : url;
	};
	const body = blocks.map((block) => plainBlock(block, placeholders, address)).filter((text) => text !== '');
	return placeholders.restore([...body, footer].join('\n\n'));
}

const footer = [
	'--',
	'{{ sender.imprint }}',
	section('marketing', `${MARKETING_REASON} Unsubscribe: {{ links.unsubscribe }}`) +
		section('care', CARE_REASON)
].join('\n');

function plainBlock(block: Block, placeholders: Placeholders, address: (url: string) => string): string {
	switch (block.kind) {
		case 'heading':
			return sayLine(parseLine(placeholders.hideIn(block.text)), null);
		case 'text':
			return parseParagraphs(placeholders.hideIn(block.text))
				.map((lines) => lines.map((line) => sayLine(line, address)).join('\n'))
				.join('\n\n');
		case 'button':
			return `${sayLine(parseLine(placeholders.hideIn(block.label)), null)}: ${address(block.url)}`;
		case 'divider':
			return '----------';
	}
}

/** Without `address` a link is its label alone, as in a heading. */
function sayLine(pieces: readonly Inline[], address: ((url: string) => string) | null): string {
	return pieces
		.map((piece) => {
			switch (piece.kind) {
				case 'text':
					return piece.text;
				case 'bold':
					return sayLine(piece.children, address);
				case 'link':
					return address ? `${piece.label} (${address(piece.url)})` : piece.label;
			}
		})
		.join('');
}
