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

	/** Whether a way that brings no fewer is no slower. */
	hasAsGood(count: number, elapsed: number): boolean {
		return this.labels.some((known) => known.elapsed <= elapsed && known.count >= count);
	}

	/** Adds a label unless another is as good. What is new here comes back, for ways lead on from it. */
	add(label: Label): Label[] {
		if (this.hasAsGood(label.count, label.elapsed)) return [];
		const kept = this.labels.filter(({ count, elapsed }) => count > label.count || elapsed < label.elapsed);
		const place = kept.findIndex((known) => known.elapsed > label.elapsed);
		kept.splice(place < 0 ? kept.length : place, 0, label);
		this.labels = kept;
		return kept.length > MOST_KEPT ? [label, ...this.merge()] : [label];
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

	/** Puts one label in the place of all. */
	replace(label: Label): void {
		this.labels = [label];
	}
}
