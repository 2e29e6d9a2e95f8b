// Chance that comes out the same for the same seed (mulberry32).

/** Draws whole numbers from `least` up to, and without, `end`. */
export type Chance = (least: number, end: number) => number;

export function chanceOf(seed: number): Chance {
	let state = seed >>> 0;
	return (least, end) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return least + Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (end - least));
	};
}
