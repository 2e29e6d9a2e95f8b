/** The order in which a trace tells things (§9). */
import { compareText } from '$lib/journey/text.ts';

/** One line of a trace with what it is ordered by. */
export interface Placed<T> {
	/** Ms since 1970. */
	at: number;
	/** In which its row was made. */
	order: number;
	printed: T;
}

/** By time, journey and contact, then by `then`, then in the order in which rows were made; without what only orders. */
export function inOrder<T extends { journey: string; contact: string }>(
	rows: readonly Placed<T>[],
	then: (printed: T) => string = () => ''
): T[] {
	return rows
		.toSorted(
			(one, other) =>
				one.at - other.at ||
				compareText(one.printed.journey, other.printed.journey) ||
				compareText(one.printed.contact, other.printed.contact) ||
				compareText(then(one.printed), then(other.printed)) ||
				one.order - other.order
		)
		.map(({ printed }) => printed);
}

/** A contact's id in a trace, by its inner one. */
export type IdOf = (contactId: number) => string;
