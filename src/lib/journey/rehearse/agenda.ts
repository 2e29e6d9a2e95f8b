/** What is still to come, in the language's one order (§5.10): by time, then journey, contact and order of entry. */

export interface Due {
	/** When it happens, in ms since 1970. */
	at: number;
	/** When it was due, where a pause held it; else the same. */
	since: number;
	/** What comes before everything else that is due at an instant has -1. */
	journey: number;
	contact: number;
	/** Order of entry; an entry still to come is after those who are in. */
	order: number;
	/** The place of its trigger among all, for entries. */
	trigger: number;
	act(): void;
	/** Said again elsewhere, or no longer wanted. */
	isOff?: boolean;
}

interface Entry extends Due {
	seq: number;
}

function isBefore(one: Entry, other: Entry): boolean {
	if (one.at !== other.at) return one.at < other.at;
	if (one.journey < 0 || other.journey < 0) {
		if (one.journey !== other.journey) return one.journey < other.journey;
	}
	if (one.since !== other.since) return one.since < other.since;
	if (one.journey !== other.journey) return one.journey < other.journey;
	if (one.contact !== other.contact) return one.contact < other.contact;
	if (one.order !== other.order) return one.order < other.order;
	if (one.trigger !== other.trigger) return one.trigger < other.trigger;
	return one.seq < other.seq;
}

/** A binary heap of what is due. */
export class Agenda {
	private readonly entries: Entry[] = [];
	private seq = 0;

	/** Adds it and gives it back, for `isOff`. */
	add(due: Due): Due {
		const entry = due as Entry;
		entry.seq = this.seq++;
		const { entries } = this;
		let index = entries.push(entry) - 1;
		while (index > 0) {
			const parent = (index - 1) >> 1;
			const above = entries[parent];
			if (!above || !isBefore(entry, above)) break;
			entries[index] = above;
			index = parent;
		}
		entries[index] = entry;
		return entry;
	}

	/** When the next thing is due, or Infinity. */
	next(): number {
		this.dropOff();
		return this.entries[0]?.at ?? Infinity;
	}

	take(): Due | undefined {
		this.dropOff();
		return this.pop();
	}

	private dropOff(): void {
		while (this.entries[0]?.isOff) this.pop();
	}

	private pop(): Entry | undefined {
		const { entries } = this;
		const first = entries[0];
		const last = entries.pop();
		if (!first || !last || first === last) return first;
		let index = 0;
		for (;;) {
			let child = 2 * index + 1;
			const left = entries[child];
			if (!left) break;
			const right = entries[child + 1];
			if (right && isBefore(right, left)) child++;
			const least = entries[child] ?? left;
			if (!isBefore(least, last)) break;
			entries[index] = least;
			index = child;
		}
		entries[index] = last;
		return first;
	}
}
