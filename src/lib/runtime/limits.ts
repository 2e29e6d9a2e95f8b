/** A trigger's limit (§3): no more than so many people enter in any window, each as early as possible, and none is lost. */
import type { Tx } from '$lib/server/db/db.ts';
import type { Arrival } from './entry.ts';
import { nextPlace, openPlaces, writePlaces, type PlaceRow } from './places.ts';

/** The places of each limit that an arrival meets, with the first arrival's instant. */
export type Limits = Map<string, { row: PlaceRow; from: number }>;

const nameOf = ({ version, trigger }: Arrival) => `${version.journeyId} ${trigger.step}`;

function isLimited({ trigger, hasPlace }: Arrival): boolean {
	return trigger.config.limit !== undefined && !hasPlace;
}

/** Opens the places that these arrivals ask for, in one order, so that no two wait for each other in a circle. */
export async function openLimits(tx: Tx, arrivals: readonly Arrival[]): Promise<Limits> {
	const byName = Map.groupBy(arrivals.filter(isLimited), nameOf);
	const limits: Limits = new Map();
	for (const name of [...byName.keys()].sort()) {
		const [first] = byName.get(name) ?? [];
		const rule = first?.trigger.config.limit;
		if (!first || !rule) continue;
		const { journeyId, zone } = first.version;
		const row = await openPlaces(tx, { journeyId, step: first.trigger.step, zone, rule });
		limits.set(name, { row, from: first.at });
	}
	return limits;
}

/** When an arrival that the rule admits comes in: at its own instant, or at the place that the limit gives (ms). */
export function placeOf(limits: Limits, arrival: Arrival): number {
	const limit = isLimited(arrival) ? limits.get(nameOf(arrival)) : undefined;
	return limit ? nextPlace(limit.row, arrival.at) : arrival.at;
}

/** Writes the places that were given. */
export async function writeLimits(tx: Tx, limits: Limits): Promise<void> {
	for (const { row, from } of limits.values()) await writePlaces(tx, row, from);
}
