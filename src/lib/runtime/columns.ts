/**
 * Columns for `unnest`, as PostgreSQL's own text of arrays. pg can do it too, element by element with everything quoted and
 * dates through the process's zone: a batch spent as long on that as on deciding.
 *
 * A column of nothing but nulls is written as an empty one: `unnest` fills the shorter of its columns with nulls.
 */

function column<T>(values: readonly (T | null | undefined)[], textOf: (value: T) => unknown): string {
	if (values.every(isMissing)) return '{}';
	return `{${values.map((value) => (isMissing(value) ? 'NULL' : textOf(value))).join()}}`;
}

function isMissing(value: unknown): value is null | undefined {
	return value === null || value === undefined;
}

/** Of int[] or bigint[]. */
export function numbers(values: readonly (number | null)[]): string {
	return column(values, (value) => value);
}

/** Of bigint[]: whole ms since 1970, as a Date counts them. In SQL `instant` makes timestamps of them. */
export function instants(values: readonly (number | null)[]): string {
	return column(values, Math.trunc);
}

export function booleans(values: readonly boolean[]): string {
	return `{${values.join()}}`;
}

/** Of text[]. */
export function texts(values: readonly (string | null | undefined)[]): string {
	return column(values, quoted);
}

const SPECIAL = /["\\]/g;

// Looking first is cheaper than replacing nothing.
function quoted(value: string): string {
	const isPlain = !value.includes('"') && !value.includes('\\');
	return isPlain ? `"${value}"` : `"${value.replace(SPECIAL, '\\$&')}"`;
}

/** Of jsonb[]: the text of each value; JSON's own quoting is also PostgreSQL's, since no JSON text holds a bare control character. */
export function jsons(values: readonly unknown[]): string {
	return column(values, (value) => JSON.stringify(JSON.stringify(value)));
}

/** Of text[], for `decode(…, 'hex')`: bytes as they travel in a column within a column, with nothing to quote. */
export function hexes(values: readonly (Buffer | null)[]): string {
	return column(values, (value) => value.toString('hex'));
}

/** One text[] itself, which keeps its length when it holds nothing but nulls. */
export function list(values: readonly (string | null | undefined)[]): string {
	return `{${values.map((value) => (isMissing(value) ? 'NULL' : quoted(value))).join()}}`;
}

/** The instant in a column of `instants`. Exact: no fraction of a second passes through a float. */
export function instant(column: string): string {
	return `(timestamptz 'epoch' + ${column} * interval '1 millisecond')`;
}
