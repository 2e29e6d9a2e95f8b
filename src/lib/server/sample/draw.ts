/**
 * A number in [0, 1) that belongs to `key`: the same key gives the same number in every run, and no draw depends on the
 * order of the others. (FNV-1a over the key, stirred by murmur3's finalizer, since FNV alone leaves near keys near.)
 */
export function draw(...key: (string | number)[]): number {
	let hash = 0x811c9dc5;
	for (const character of key.join('\u0000')) {
		hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
	}
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The element of `list` that belongs to `key`. `list` must not be empty. */
export function pick<T>(list: readonly T[], ...key: (string | number)[]): T {
	const chosen = list[Math.floor(draw(...key) * list.length)];
	if (chosen === undefined) throw new Error('There is nothing to pick from.');
	return chosen;
}

/** A whole number from `least` to `most`, both included, that belongs to `key`. */
export function between(least: number, most: number, ...key: (string | number)[]): number {
	return least + Math.floor(draw(...key) * (most - least + 1));
}

/** The element that belongs to `key`, each as likely as its `share` of the whole. */
export function pickByShare<T extends { share: number }>(list: readonly T[], ...key: (string | number)[]): T {
	const total = list.reduce((sum, element) => sum + element.share, 0);
	let left = draw(...key) * total;
	for (const element of list) {
		left -= element.share;
		if (left < 0) return element;
	}
	return pick(list, ...key);
}
