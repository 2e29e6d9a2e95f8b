/**
 * Rows grouped by what most of their columns say. The people of a batch take few ways through their journeys, so a table of
 * these ways, each with the ids and instants of those who took it, tells PostgreSQL the same in a fraction of the text.
 */
import { texts } from './columns.ts';

/** The rows of one shape; there is at least one. */
export type Shape<Row> = readonly [Row, ...Row[]];

/** Groups rows in the order of each shape's first; `textOf` gives the same text for two rows only where they share all of it. */
export function shapesOf<Row>(rows: readonly Row[], textOf: (row: Row) => string): Shape<Row>[] {
	const shapes = new Map<string, [Row, ...Row[]]>();
	for (const row of rows) {
		const text = textOf(row);
		const shape = shapes.get(text);
		if (shape) shape.push(row);
		else shapes.set(text, [row]);
	}
	return [...shapes.values()];
}

/** A word of a shape's text, told apart from those beside it whatever characters it holds. */
export function word(text: string | null | undefined): string {
	return typeof text === 'string' ? `${text.length}:${text}` : '-';
}

/** What the rows of each shape have in common. */
export function shared<Row, T>(shapes: readonly Shape<Row>[], of: (row: Row) => T): T[] {
	return shapes.map(([first]) => of(first));
}

/** What each row has of its own: of text[], for each shape a column of its rows, written by `write`. */
export function own<Row, T>(
	shapes: readonly Shape<Row>[],
	write: (values: readonly T[]) => string,
	of: (row: Row) => T
): string {
	return texts(shapes.map((rows) => write(rows.map(of))));
}
