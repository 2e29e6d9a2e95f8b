/** The ways that led to a step so far, as far as they matter: none of them is at once slower and with fewer messages. */

/** One way to a step: messages on it, the least time since the first of them, and how it came here. */
export interface Label {
	step: string;
	count: number;
	elapsed: number;
	from: Label | null;
}

/** So many are kept apart; beyond, two count as one that is as quick as the one and brings as much as the other. */
const MOST_KEPT = 24;

export class Front {
	/** By time, and so by messages too. */
	private labels: Label[] = [];

	all(): readonly Label[] {
		return this.labels;
	}

	/** Adds a way unless one before is as good: no slower, and with no fewer messages. What is new here comes back. */
	add(label: Label): Label[] {
		const { labels } = this;
		const { count, elapsed } = label;
		const place = this.placeOf(elapsed, 0);
		// What is slower brings more, so of what is no slower the last brings most.
		if ((labels[place - 1]?.count ?? 0) >= count) return [];
		const first = labels[place - 1]?.elapsed === elapsed ? place - 1 : place;
		let last = place;
		while (last < labels.length && (labels[last]?.count ?? 0) <= count) last++;
		labels.splice(first, last - first, label);
		return labels.length > MOST_KEPT ? [label, ...this.merge()] : [label];
	}

	/**
	 * Adds ways that are another front, each so much longer, in one go and with the same result as one by one: a journey
	 * of 2,000 steps has some 60,000 of them, and all of that in a page just opened runs unoptimized. The last one that is
	 * new here comes back, which brings the most; undefined where it takes `add`, for on the way two had to be merged.
	 */
	addAll(more: readonly Label[], step: string, counts: number, least: number): Label | null | undefined {
		const { labels } = this;
		const all: Label[] = [];
		let best: Label | null = null;
		let done = 0;
		for (const from of more) {
			const count = from.count + counts;
			const elapsed = from.elapsed + least;
			const place = this.placeOf(elapsed, done);
			if ((labels[place - 1]?.count ?? 0) >= count) continue;
			const first = labels[place - 1]?.elapsed === elapsed ? place - 1 : place;
			for (; done < first; done++) pushTo(all, labels[done]);
			while (done < labels.length && (labels[done]?.count ?? 0) <= count) done++;
			best = { step, count, elapsed, from };
			all.push(best);
			if (all.length + labels.length - done > MOST_KEPT) return undefined;
		}
		for (; done < labels.length; done++) pushTo(all, labels[done]);
		this.labels = all;
		return best;
	}

	/** The place behind all that are no slower. */
	private placeOf(elapsed: number, from: number): number {
		const { labels } = this;
		let place = from;
		while (place < labels.length && (labels[place]?.elapsed ?? 0) <= elapsed) place++;
		return place;
	}

	/** Makes one of the two that lie closest together. */
	private merge(): Label[] {
		let closest = 1;
		const gap = (index: number) =>
			(this.labels[index]?.elapsed ?? Infinity) - (this.labels[index - 1]?.elapsed ?? 0);
		for (let index = 2; index < this.labels.length; index++) if (gap(index) < gap(closest)) closest = index;
		const [quick, full] = [this.labels[closest - 1], this.labels[closest]];
		if (!quick || !full) return [];
		const merged = { ...full, elapsed: quick.elapsed };
		this.labels.splice(closest - 1, 2, merged);
		return [merged];
	}

	clear(): void {
		if (this.labels.length) this.labels = [];
	}

	/** Puts one label in the place of all. */
	replace(label: Label): void {
		this.labels = [label];
	}
}

function pushTo(labels: Label[], label: Label | undefined): void {
	if (label) labels.push(label);
}
