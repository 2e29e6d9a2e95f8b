/**
 * Look-ups over sealed columns without opening them: a keyed mark beside the sealed value, the same for equal values of one
 * column and telling nothing to whoever has no key. It shows which rows are equal, so nothing with few values (sex, a
 * diagnosis) may be indexed. The master key is no data key: it outlives their rotation, and marks stay valid.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { isPrefix, LONGEST_PREFIX, SHORTEST_PREFIX, wordsOf } from './name-words.ts';
import { normalise, type IndexedKind } from './normalise.ts';

const MARK_BYTES = 16;
const TOKEN_BYTES = 8;

export class BlindIndex {
	private readonly master: KeyObject;

	constructor(master: KeyObject) {
		this.master = master;
	}

	/** Marks for one column, by equality. Make it once. */
	equality(table: string, column: string, kind: IndexedKind): EqualityIndex {
		return new EqualityIndex(this.keyFor(`bidx|${table}|${column}`), kind);
	}

	/** Tokens for one column of names, by the beginnings of words. Make it once. */
	names(table: string, column: string): NameIndex {
		return new NameIndex(this.keyFor(`pidx|${table}|${column}`));
	}

	private keyFor(use: string): KeyObject {
		return createSecretKey(Buffer.from(hkdfSync('sha256', this.master, '', use, 32)));
	}
}

export class EqualityIndex {
	private readonly key: KeyObject;
	private readonly kind: IndexedKind;

	constructor(key: KeyObject, kind: IndexedKind) {
		this.key = key;
		this.kind = kind;
	}

	/** The mark of a value (16 bytes), to keep or to look for; null for a value with nothing in it. */
	markOf(value: string): Buffer | null {
		const spelled = normalise(this.kind, value);
		return spelled === null ? null : hmac(this.key, spelled, MARK_BYTES);
	}
}

export class NameIndex {
	private readonly key: KeyObject;

	constructor(key: KeyObject) {
		this.key = key;
	}

	/**
	 * A name's tokens (8 bytes each), for a `bytea[]` column with a GIN index: one for each beginning of 2 to 6 letters of each
	 * word, and one for each whole word. In an order that tells nothing of the name's.
	 */
	tokensOf(name: string): Buffer[] {
		return this.hashAll(wordsOf(name).flatMap((word) => [whole(word), ...beginningsOf(word)]));
	}

	/**
	 * What a name must have to answer a search: `tokens @> $1`. Null when there is nothing to search by. The last word may
	 * be half typed; check the names found with `nameMatches`, since six letters decide here.
	 */
	tokensToFind(query: string): Buffer[] | null {
		const words = wordsOf(query);
		const last = words.pop();
		if (last === undefined) return null;
		return this.hashAll([...words.map(whole), isPrefix(last) ? cut(last, LONGEST_PREFIX) : whole(last)]);
	}

	private hashAll(texts: readonly string[]): Buffer[] {
		return [...new Set(texts)]
			.map((text) => hmac(this.key, text, TOKEN_BYTES))
			.sort((a, b) => Buffer.compare(a, b));
	}
}

// No word holds a full stop, so a whole word and a beginning are never the same text.
function whole(word: string): string {
	return `${word}.`;
}

function beginningsOf(word: string): string[] {
	const signs = Array.from(word);
	const longest = Math.min(signs.length, LONGEST_PREFIX);
	return signs.slice(SHORTEST_PREFIX - 1, longest).map((_, at) => cut(word, at + SHORTEST_PREFIX));
}

function cut(word: string, signs: number): string {
	return Array.from(word).slice(0, signs).join('');
}

function hmac(key: KeyObject, text: string, bytes: number): Buffer {
	return createHmac('sha256', key).update(text).digest().subarray(0, bytes);
}
