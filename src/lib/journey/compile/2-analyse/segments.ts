/** The workspace's segments as conditions see them: what each reads, and which name each other in a circle. */
import type { AttributeTest, Where } from '../../document.ts';
import type { AttributeType } from '../../world.ts';
import { parseDay, parseInstant } from '../../zone.ts';
import type { SegmentSummary } from '../workspace.ts';
import { addAsked, leavesOf, nothingAsked, type Asked } from './leaves.ts';

/** A condition with more questions is not written out where its segment is named. */
const LARGEST_WRITTEN_OUT = 50;

export class Segments {
	private readonly bySlug: ReadonlyMap<string, SegmentSummary>;
	private readonly types: ReadonlyMap<string, AttributeType>;
	private readonly ownBySlug = new Map<string, Asked>();
	private readonly allBySlug = new Map<string, Asked>();
	private readonly sizeBySlug = new Map<string, number>();
	private readonly circleBySlug = new Map<string, string[] | null>();

	constructor(summaries: readonly SegmentSummary[], types: ReadonlyMap<string, AttributeType>) {
		this.bySlug = new Map(summaries.map((segment) => [segment.slug, segment]));
		this.types = types;
	}

	find(slug: string): SegmentSummary | undefined {
		return this.bySlug.get(slug);
	}

	all(): SegmentSummary[] {
		return [...this.bySlug.values()];
	}

	nameOf(slug: string): string {
		return this.bySlug.get(slug)?.name ?? slug;
	}

	isKept(slug: string): boolean {
		return this.bySlug.get(slug)?.where === null;
	}

	/** What a segment reads, also through the segments it names; `segments` has all of these and itself. */
	asks(slug: string): Asked {
		const known = this.allBySlug.get(slug);
		if (known) return known;
		const all = nothingAsked();
		for (const each of this.reach(slug)) {
			const own = this.own(each);
			for (const kind of ['attributes', 'trigger', 'events', 'consents'] as const) {
				for (const name of own[kind]) all[kind].add(name);
			}
			all.messages.push(...own.messages);
			all.segments.add(each);
		}
		this.allBySlug.set(slug, all);
		return all;
	}

	private own(slug: string): Asked {
		let asked = this.ownBySlug.get(slug);
		if (!asked) {
			asked = nothingAsked();
			const where = this.bySlug.get(slug)?.where;
			if (where) addAsked(where, asked);
			this.ownBySlug.set(slug, asked);
		}
		return asked;
	}

	/** A segment and all that it names, directly or not, the nearest first. */
	private reach(slug: string): Set<string> {
		const reached = new Set([slug]);
		for (const each of reached) for (const named of this.own(each).segments) reached.add(named);
		return reached;
	}

	/** A circle that a segment is part of or leads into, its first again at the end; null where there is none. */
	circleOf(slug: string): string[] | null {
		for (const each of this.reach(slug)) {
			const circle = this.circleThrough(each);
			if (circle) return circle;
		}
		return null;
	}

	private circleThrough(slug: string): string[] | null {
		let circle = this.circleBySlug.get(slug);
		if (circle === undefined) {
			circle = this.findCircle(slug);
			this.circleBySlug.set(slug, circle);
		}
		return circle;
	}

	private findCircle(slug: string): string[] | null {
		const cameFrom = new Map<string, string>();
		const queue = [slug];
		for (const each of queue) {
			for (const named of this.own(each).segments) {
				if (named === slug) return [...pathTo(each, cameFrom), slug];
				if (cameFrom.has(named)) continue;
				cameFrom.set(named, each);
				queue.push(named);
			}
		}
		return null;
	}

	/**
	 * The condition of a segment that asks the same of a contact wherever it is asked: of attributes alone, and not of the
	 * clock. Null for any other.
	 */
	plainCondition(slug: string): Where | null {
		return this.plainSize(slug) <= LARGEST_WRITTEN_OUT ? (this.bySlug.get(slug)?.where ?? null) : null;
	}

	/** How many questions a segment is, written out; Infinity for one that can't be. */
	private plainSize(slug: string): number {
		const known = this.sizeBySlug.get(slug);
		if (known !== undefined) return known;
		this.sizeBySlug.set(slug, Infinity); // What names itself has no end.
		const where = this.bySlug.get(slug)?.where;
		let size = where ? 1 : Infinity;
		if (where && this.reach(slug).size <= LARGEST_WRITTEN_OUT && this.circleOf(slug) === null) {
			for (const leaf of leavesOf(where)) {
				if ('segment' in leaf) size += this.isKept(leaf.segment) ? 1 : this.plainSize(leaf.segment);
				else size += 'attribute' in leaf && this.isPlain(leaf) ? 1 : Infinity;
				if (size > LARGEST_WRITTEN_OUT) break;
			}
			this.sizeBySlug.set(slug, size);
		}
		return this.sizeBySlug.get(slug) ?? Infinity;
	}

	/** Whether a comparison gives the same in every zone and at every time. */
	private isPlain({ attribute, op, value }: AttributeTest): boolean {
		if (op === 'withinLast' || op === 'withinNext' || op === 'anniversaryWithin') return false;
		if (op !== 'before' && op !== 'after') return true;
		const type = this.types.get(attribute);
		if (typeof value !== 'string') return false;
		return (
			(type === 'date' && parseDay(value) !== null) || (type === 'datetime' && parseInstant(value) !== null)
		);
	}
}

function pathTo(slug: string, cameFrom: ReadonlyMap<string, string>): string[] {
	const path = [slug];
	for (let each = cameFrom.get(slug); each !== undefined; each = cameFrom.get(each)) path.push(each);
	return path.reverse();
}
