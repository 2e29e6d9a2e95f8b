const FALLBACK = 'journey';
const MAX_LENGTH = 56;

/** A slug out of a name: "Post-visit follow-up" is `post-visit-follow-up`; a name without Latin letters is `journey`. */
export function slugOf(name: string): string {
	const plain = name
		.normalize('NFKD')
		.toLowerCase()
		.replace(/\p{M}/gu, '')
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^[^a-z]+/, '')
		.slice(0, MAX_LENGTH)
		.replace(/-+$/, '');
	return plain === '' ? FALLBACK : plain;
}

/** The first of `slug`, `slug-2`, `slug-3` ... that is not taken. */
export function freeSlug(slug: string, taken: ReadonlySet<string>): string {
	if (!taken.has(slug)) return slug;
	for (let number = 2; ; number++) if (!taken.has(`${slug}-${number}`)) return `${slug}-${number}`;
}
