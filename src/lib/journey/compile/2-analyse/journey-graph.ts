/** The graph of journeys (§6): which step of one lets contacts in by which trigger of another. */
import type { Analysis } from './analysis.ts';
import { isAskedFor, mayMove, nameOfMove, type Move } from './journey-moves.ts';
import { summarise, summaryOf, type Effect, type JourneySummary } from './journey-summary.ts';

export interface Journey {
	slug: string;
	name: string;
	summary: JourneySummary;
}

/** A trigger of some journey: where a way between journeys ends. */
export interface Door {
	journey: Journey;
	trigger: string;
}

export interface Crossing {
	to: Door;
	/** It costs time: on the way to the step, or because a date comes in between. */
	isTimed: boolean;
}

/** The doors that the world opens: a date that comes, a segment that is entered or left. */
interface Doors {
	byDate: Map<string, Door[]>;
	bySegment: Map<string, { enter: Door[]; leave: Door[] }>;
}

export class JourneyGraph {
	/** The journey that is compiled. */
	readonly own: Journey;
	private readonly analysis: Analysis;
	private readonly bySlug = new Map<string, Journey | (() => Journey)>();
	private readonly crossings = new Map<string, Crossing[]>();
	private readonly opened = new Map<Effect, Crossing[]>();
	private readonly moves = new Map<string, boolean>();
	private doors: Doors | null = null;

	constructor(analysis: Analysis) {
		const { draft, graph, slug, workspace } = analysis;
		this.analysis = analysis;
		this.own = journeyOf(slug, summarise(draft, graph));
		for (const { slug: other, document } of workspace.journeys ?? []) {
			this.bySlug.set(other, () => journeyOf(other, summaryOf(document)));
		}
		if (slug !== '') this.bySlug.set(slug, this.own);
	}

	find(slug: string): Journey | undefined {
		const known = this.bySlug.get(slug);
		if (typeof known !== 'function') return known;
		const journey = known();
		this.bySlug.set(slug, journey);
		return journey;
	}

	all(): Journey[] {
		const found = [...this.bySlug.keys()].map((slug) => this.find(slug)).filter((each) => each !== undefined);
		return found.includes(this.own) ? found : [...found, this.own];
	}

	/** Where contacts can get to who come in by a door. */
	crossingsFrom({ journey, trigger }: Door): Crossing[] {
		const key = keyOf({ journey, trigger });
		let crossings = this.crossings.get(key);
		if (!crossings) {
			const reach = journey.summary.reach(trigger);
			crossings = journey.summary.effects
				.filter((effect) => reach.all.has(effect.step))
				.flatMap((effect) =>
					this.doorsOf(effect).map(({ to, isTimed }) => ({
						to,
						isTimed: isTimed || !reach.atOnce.has(effect.step)
					}))
				);
			this.crossings.set(key, crossings);
		}
		return crossings;
	}

	/** The doors that an effect may open. */
	doorsOf(effect: Effect): Crossing[] {
		let crossings = this.opened.get(effect);
		if (!crossings) {
			crossings = this.openedBy(effect);
			this.opened.set(effect, crossings);
		}
		return crossings;
	}

	private openedBy(effect: Effect): Crossing[] {
		if (effect.kind === 'enter') {
			const journey = this.find(effect.journey);
			const trigger = journey?.summary.manualTrigger;
			return journey && trigger ? [{ to: { journey, trigger }, isTimed: false }] : [];
		}
		const doors = (this.doors ??= this.readDoors());
		const byDate = effect.kind === 'set' ? (doors.byDate.get(effect.key) ?? []) : [];
		const bySegment = [...doors.bySegment].flatMap(([segment, { enter, leave }]) => [
			...(enter.length && this.mayMove(effect, segment, 'enter') ? enter : []),
			...(leave.length && this.mayMove(effect, segment, 'leave') ? leave : [])
		]);
		return [
			...byDate.map((to) => ({ to, isTimed: true })),
			...bySegment.map((to) => ({ to, isTimed: false }))
		];
	}

	/** The same for the same change, wherever it is made. */
	private mayMove(effect: Move, segment: string, on: 'enter' | 'leave'): boolean {
		if (!isAskedFor(effect, segment, this.analysis.segments)) return false;
		const key = `${segment} ${on} ${nameOfMove(effect, segment, this.analysis.segments)}`;
		let may = this.moves.get(key);
		if (may === undefined) {
			may = mayMove(effect, segment, on, this.analysis);
			this.moves.set(key, may);
		}
		return may;
	}

	private readDoors(): Doors {
		const doors: Doors = { byDate: new Map(), bySegment: new Map() };
		for (const journey of this.all()) {
			for (const step of journey.summary.triggers) {
				const door = { journey, trigger: step.id };
				if (step.kind === 'trigger.time' && 'date' in step.config) {
					const { date } = step.config;
					doors.byDate.set(date, [...(doors.byDate.get(date) ?? []), door]);
				}
				if (step.kind !== 'trigger.segment') continue;
				const { segment, on } = step.config;
				const there = doors.bySegment.get(segment) ?? { enter: [], leave: [] };
				there[on].push(door);
				doors.bySegment.set(segment, there);
			}
		}
		return doors;
	}
}

function journeyOf(slug: string, summary: JourneySummary): Journey {
	return { slug, name: summary.name || slug, summary };
}

/** A name of a door that no other has. */
export function keyOf({ journey, trigger }: Door): string {
	return `${journey.slug} ${trigger}`;
}
