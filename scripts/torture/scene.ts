// What a scene is, and the two ways of getting its work done: in this process under a set clock, or by processes.
import { setTimeout as sleep } from 'node:timers/promises';
import { enqueuePump, enqueueRoute, enqueueSend } from '$lib/runtime/door.ts';
import type { Clinic } from '../../tests/support/journey.ts';
import type { House } from './house.ts';

export interface Stage {
	house: House;
	/** The program of a process. */
	program: string;
	/** A number out of the environment, such as TORTURE_CONTACTS, else what the torture is measured with. */
	size(name: string, usual: number): number;
}

/** What a scene came to. It passed where no problem was found. */
export interface Outcome {
	/** The figures worth reading, such as `5,000 contacts, 50 kills`. */
	figures: string;
	problems: string[];
}

export interface Scene {
	name: string;
	play(stage: Stage): Promise<Outcome>;
}

/** Gets done what is due, and comes back when everybody rests. */
export type Work = () => Promise<void>;

/** `count` lanes, two routers and two senders of this process, all at once. Senders may have a way of their own. */
export function lanes(clinic: Clinic, count: number, send = () => clinic.send()): Work {
	return async () => {
		for (let moved = 1; moved;) {
			const pumped = Array.from({ length: count }, async (_, lane) => (await clinic.pump(lane)).enrollments);
			const done = [...pumped, clinic.route(), clinic.route(), send(), send()];
			moved = (await Promise.all(done)).reduce((sum, each) => sum + each, 0);
			moved += await countBusy(clinic);
		}
	};
}

const BUSY = `(select 1 from event_queue union all select 1 from enrollments where due_at <= $1
	union all select 1 from messages where state in ('queued', 'sending')) busy`;

const countBusy = (clinic: Clinic) => clinic.count(BUSY, [new Date(clinic.clock.now())]);

/** What other processes do. */
export function crewed(clinic: Clinic): Work {
	return () => until(async () => (await countBusy(clinic)) === 0, 'everybody to rest');
}

/** Looks until `look` says yes; what fails meanwhile, such as a lost connection, is asked again. Throws after `withinMs`. */
export async function until(look: () => Promise<boolean>, what: string, withinMs = 240_000): Promise<void> {
	const end = Date.now() + withinMs;
	while (!(await look().catch(() => false))) {
		if (Date.now() > end) throw new Error(`Waited ${withinMs / 1000} s for ${what}.`);
		await sleep(100);
	}
}

/** Does `work` until it succeeds: PostgreSQL may be away. Only for what may be done twice. */
export async function stubbornly<T>(work: () => Promise<T>): Promise<T> {
	for (let tries = 0; ; tries++) {
		try {
			return await work();
		} catch (error) {
			if (tries > 300) throw error;
			await sleep(100);
		}
	}
}

export async function wakeAll(clinic: Clinic): Promise<void> {
	await enqueueRoute(clinic.pool);
	await enqueuePump(clinic.pool);
	await enqueueSend(clinic.pool);
}
