/**
 * Columns for `unnest`, as PostgreSQL's own text of arrays. pg can do it too, element by element with everything quoted and
 * dates through the process's zone: a batch spent as long on that as on deciding.
 */

/** Of int[] or bigint[]. */
export function numbers(values: readonly (number | null)[]): string {
	return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

/** Of bigint[]: whole ms since 1970, as a Date counts them. In SQL `instant` makes timestamps of them. */
export function instants(values: readonly (number | null)[]): string {
	return numbers(values.map((value) => (value === null ? null : Math.trunc(value))));
}

export function booleans(values: readonly boolean[]): string {
	return `{${values.join()}}`;
}

/** Of text[]. */
export function texts(values: readonly (string | null | undefined)[]): string {
	return `{${values.map((value) => (value === null || value === undefined ? 'NULL' : quoted(value))).join()}}`;
}

const SPECIAL = /["\\]/g;

function quoted(value: string): string {
	return `"${value.replace(SPECIAL, '\\$&')}"`;
}

/** Of jsonb[]: the text of each value; JSON's own quoting is also PostgreSQL's, since no JSON text holds a bare control character. */
export function jsons(values: readonly unknown[]): string {
	return `{${values.map((value) => (value === null || value === undefined ? 'NULL' : JSON.stringify(JSON.stringify(value)))).join()}}`;
}

/** Of bytea[]. */
export function byteas(values: readonly (Buffer | null)[]): string {
	return `{${values.map((value) => (value ? `"\\\\x${value.toString('hex')}"` : 'NULL')).join()}}`;
}

/** The instant in a column of `instants`. Exact: no fraction of a second passes through a float. */
export function instant(column: string): string {
	return `(timestamptz 'epoch' + ${column} * interval '1 millisecond')`;
}
