function simple(name: string): string {
	return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** What was probably meant by a name that nobody knows: the one that differs in case and punctuation alone. */
export function similarTo<T>(
	name: string,
	all: readonly T[],
	namesOf: (each: T) => (string | undefined)[]
): T | undefined {
	const wanted = simple(name);
	return all.find((each) => namesOf(each).some((own) => own !== undefined && simple(own) === wanted));
}
