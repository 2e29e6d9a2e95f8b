/** The doors that one event asks, one after the other: each with all that it sets going before the next is asked (§5.10). */
import { isEventTrigger, isSend, type Plan, type PlanStep, type PlanTrigger } from '$lib/journey/index.ts';
import { watches, type Crossing } from './membership.ts';
import { eventOf, type LiveJourney, type VersionPlan } from './plans.ts';

/** A trigger whose event it is, or that watches what the event made the contact cross. */
export interface EventDoor {
	journey: LiveJourney;
	trigger: PlanTrigger;
	/** Its place among the journey's triggers. */
	index: number;
	/** Undefined: the event itself is asked. */
	crossing?: Crossing;
}

/** How far an event came, while what it set going comes to rest. */
export interface Progress {
	/** The last door that was asked; null: none yet. */
	after: { slug: string; index: number } | null;
	/** What the event made the contact cross. */
	crossings: Crossing[];
}

/** The doors that an event may open, in the language's order. `live` is in the order of slugs. */
export function doorsOf(
	live: readonly LiveJourney[],
	event: string,
	{ after, crossings }: Progress
): EventDoor[] {
	const all = live.flatMap((journey) =>
		journey.plan.triggers.flatMap((trigger, index): EventDoor[] => {
			if (trigger.disabled) return [];
			if (isEventTrigger(trigger)) return eventOf(trigger) === event ? [{ journey, trigger, index }] : [];
			return crossings.flatMap((crossing) =>
				watches(trigger, crossing) ? [{ journey, trigger, index, crossing }] : []
			);
		})
	);
	if (!after) return all;
	return all.filter(({ journey: { slug }, index }) =>
		slug === after.slug ? index > after.index : slug > after.slug
	);
}

/** Whether what moves through one journey can change what a later door of the same event answers. */
export function canChange(mover: VersionPlan, door: EventDoor, isAnySegmentWatched: boolean): boolean {
	const { plan, journeyId } = door.journey;
	if (mover.journeyId === journeyId && plan.settings.reentry?.when === 'afterExit') return true;
	if (changesPeople(mover.plan)) return true;
	const readsMessages = plan.reads.messages || (plan.reads.segments?.length ?? 0) > 0;
	return (readsMessages || isAnySegmentWatched) && sends(mover.plan);
}

const changing = new WeakMap<Plan, boolean>();
const sending = new WeakMap<Plan, boolean>();

function changesPeople(plan: Plan): boolean {
	return remembered(changing, plan, (step) => {
		switch (step.kind) {
			case 'contact.update':
			case 'segment.add':
			case 'segment.remove':
			case 'journey.enter':
				return true;
			case 'webhook.call':
				return step.config.save !== undefined;
			default:
				return false;
		}
	});
}

function sends(plan: Plan): boolean {
	return remembered(sending, plan, isSend);
}

function remembered(known: WeakMap<Plan, boolean>, plan: Plan, is: (step: PlanStep) => boolean): boolean {
	let answer = known.get(plan);
	if (answer === undefined) known.set(plan, (answer = Object.values(plan.steps).some(is)));
	return answer;
}
