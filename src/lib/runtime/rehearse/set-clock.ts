import type { Clock } from '$lib/server/app.ts';

/** A clock that stands until it is set. Ms since 1970. */
export class SetClock implements Clock {
	private at: number;

	constructor(at: number) {
		this.at = at;
	}

	now(): number {
		return this.at;
	}

	set(at: number): void {
		this.at = at;
	}
}
