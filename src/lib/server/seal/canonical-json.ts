/** JSON with the members of every object in one order, so that equal values are equal bytes (the shape of RFC 8785). */

/**
 * `value` as canonical JSON; undefined members are left out, as JSON.stringify does. Throws a TypeError, without the value in
 * it, for what JSON can't say: NaN, a bigint, a cycle, undefined itself.
 */
export function canonicalJson(value: unknown): string {
	const text = write(value, 0);
	if (text === undefined) throw new TypeError('Only JSON values can be sealed.');
	return text;
}

// Deeper than any person's data; a cycle ends here.
const MAX_DEPTH = 200;

function write(value: unknown, depth: number): string | undefined {
	if (typeof value === 'number' && !Number.isFinite(value))
		throw new TypeError('Only finite numbers can be sealed.');
	if (typeof value === 'bigint' || depth > MAX_DEPTH) throw new TypeError('Only JSON values can be sealed.');
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	if (Array.isArray(value))
		return `[${Array.from(value, (item) => write(item, depth + 1) ?? 'null').join()}]`;
	if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), depth + 1);
	return writeMembers(value as Record<string, unknown>, depth);
}

function writeMembers(members: Record<string, unknown>, depth: number): string {
	const written: string[] = [];
	for (const name of Object.keys(members).sort()) {
		const text = write(members[name], depth + 1);
		if (text !== undefined) written.push(`${JSON.stringify(name)}:${text}`);
	}
	return `{${written.join()}}`;
}
