/**
 * Liquid out of a text before React renders it, and back afterwards: React would escape the quotes in
 * `{{ contact.firstName | default: "there" }}`, and Markdown would read the stars in it.
 */
import { cutLiquid } from '$lib/journey/liquid.ts';

// Private-use characters mean nothing to React, Markdown or HTML; the block schema refuses them in what people write.
const OPEN = '\uE000';
const CLOSE = '\uE001';
const MARK = /\uE000(\d+)\uE001/g;

export class Placeholders {
	readonly #pieces: string[] = [];

	/** A short mark that stands for `liquid` until `restore`. */
	hide(liquid: string): string {
		this.#pieces.push(liquid);
		return `${OPEN}${this.#pieces.length - 1}${CLOSE}`;
	}

	/** `text` with each piece of Liquid replaced by its mark. */
	hideIn(text: string): string {
		return cutLiquid(text)
			.map((piece) => (piece.liquid ? this.hide(piece.text) : piece.text))
			.join('');
	}

	restore(rendered: string): string {
		return rendered.replace(MARK, (mark, index: string) => this.#pieces[Number(index)] ?? mark);
	}
}
