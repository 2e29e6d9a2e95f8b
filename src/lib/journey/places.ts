/** Places of `wait.pace` and of a trigger's limit: no more than n in any window of `per`, each as early as possible. */
import { addDuration } from './duration.ts';

/**
 * The next place, not before `now` and in order, after the places given before (instants in ms, ascending). A window of
 * `per` includes its start and not its end, and counts in the journey's zone. The caller keeps the place.
 */
export function placeAfter(
	given: readonly number[],
	rule: { contacts: number; per: string },
	zone: string,
	now: number
): number {
	const last = given.at(-1) ?? -Infinity;
	const first = given[given.length - rule.contacts];
	return Math.max(now, last, first === undefined ? -Infinity : addDuration(first, rule.per, zone));
}

/** No enrollment makes more visits (§6), so nobody asks for more. */
const MOST_ASKED = 1_000;

/** How many places there are at `now` itself, beside the ones given before; more than 1,000 count as so many. */
export function freePlaces(
	given: readonly number[],
	rule: { contacts: number; per: string },
	zone: string,
	now: number
): number {
	if ((given.at(-1) ?? -Infinity) > now) return 0;
	const most = Math.min(rule.contacts, MOST_ASKED);
	for (let free = 0; free < most; free++) {
		const before = given[given.length - rule.contacts + free];
		if (before !== undefined && addDuration(before, rule.per, zone) > now) return free;
	}
	return most;
}

/**
 * New places for `count` whose old ones ran out while the journey was paused (§5.5), in order, as early as possible
 * beside the places that are kept, which were taken before now or lie after it.
 */
export function placesAnew(
	kept: readonly number[],
	count: number,
	rule: { contacts: number; per: string },
	zone: string,
	now: number
): number[] {
	const places = [...kept].sort((one, other) => one - other);
	const anew: number[] = [];
	for (let from = now; anew.length < count; from = anew.at(-1) ?? now) {
		const place = firstFree(places, rule, zone, from);
		places.splice(indexAfter(places, place), 0, place);
		anew.push(place);
	}
	return anew;
}

function indexAfter(places: readonly number[], instant: number): number {
	let index = places.length;
	while (index > 0 && (places[index - 1] ?? 0) > instant) index--;
	return index;
}

/** The first instant at which one more breaks no window. Only an instant a window after some place can be it, or now. */
function firstFree(
	places: readonly number[],
	rule: { contacts: number; per: string },
	zone: string,
	from: number
): number {
	const candidates = [
		from,
		...places.map((place) => addDuration(place, rule.per, zone)).filter((at) => at > from)
	];
	candidates.sort((one, other) => one - other);
	const found = candidates.find((candidate) => {
		const all = [...places, candidate].sort((one, other) => one - other);
		return all.every((place, index) => {
			const beyond = all[index + rule.contacts];
			return beyond === undefined || beyond >= addDuration(place, rule.per, zone);
		});
	});
	return found ?? Math.max(from, places.at(-1) ?? from);
}
