/** The graph of journeys (§6): which step of one lets contacts in by which trigger of another. */
import type { TriggerStep } from '../../document.ts';
import type { Analysis } from './analysis.ts';
import { mayMove } from './journey-moves.ts';
import { summarise, summaryOf, type Effect, type JourneySummary } from './journey-summary.ts';

export interface Journey {
	slug: string;
	name: string;
	summary: JourneySummary;
	/** The first trigger by hand that is on. */
	manualTrigger: string | null;
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

type SegmentDoor = Door & { on: 'enter' | 'leave' };

export class JourneyGraph {
	/** The journey that is compiled. */
	readonly own: Journey;
	private readonly analysis: Analysis;
	private readonly bySlug = new Map<string, Journey | (() => Journey)>();
	private readonly crossings = new Map<string, Crossing[]>();
	private doors: { byDate: Map<string, Door[]>; bySegment: Map<string, SegmentDoor[]> } | null = null;

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
		if (effect.kind === 'enter') {
			const journey = this.find(effect.journey);
			const trigger = journey?.manualTrigger;
			return journey && trigger ? [{ to: { journey, trigger }, isTimed: false }] : [];
		}
		const doors = (this.doors ??= this.readDoors());
		const byDate = effect.kind === 'set' ? (doors.byDate.get(effect.key) ?? []) : [];
		const bySegment = [...doors.bySegment].flatMap(([segment, there]) =>
			there.filter(({ on }) => mayMove(effect, segment, on, this.analysis))
		);
		return [
			...byDate.map((to) => ({ to, isTimed: true })),
			...bySegment.map((to) => ({ to, isTimed: false }))
		];
	}

	private readDoors(): NonNullable<JourneyGraph['doors']> {
		const byDate = new Map<string, Door[]>();
		const bySegment = new Map<string, SegmentDoor[]>();
		for (const journey of this.all()) {
			for (const step of journey.summary.triggers) {
				const door = { journey, trigger: step.id };
				if (step.kind === 'trigger.time' && 'date' in step.config) add(byDate, step.config.date, door);
				if (step.kind !== 'trigger.segment') continue;
				add(bySegment, step.config.segment, { ...door, on: step.config.on });
			}
		}
		return { byDate, bySegment };
	}
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
	const known = map.get(key);
	if (known) known.push(value);
	else map.set(key, [value]);
}

function journeyOf(slug: string, summary: JourneySummary): Journey {
	const manual = summary.triggers.find((step: TriggerStep) => step.kind === 'trigger.manual');
	return { slug, name: summary.name || slug, summary, manualTrigger: manual?.id ?? null };
}

/** A name of a door that no other has. */
export function keyOf({ journey, trigger }: Door): string {
	return `${journey.slug} ${trigger}`;
}
