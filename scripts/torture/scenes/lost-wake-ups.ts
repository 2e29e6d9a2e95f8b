// An event commits while the wait for it is being written: between every two statements of the batch, with the router beside it.
import type pg from 'pg';
import { runBatch } from '$lib/runtime/batch.ts';
import { type Clinic, draw } from '../../../tests/support/journey.ts';
import { chanceOf, type Chance } from '../chance.ts';
import type { Scene } from '../scene.ts';
import { judgePaths, judgeStory, START, type Played } from '../verdict.ts';

const PEOPLE = 50;
// A batch has fewer statements than this; who is drawn behind its end answers right after the commit.
const GAPS = 16;

const journey = draw(
	{
		come: ['trigger.transactional', { event: 'race.came' }],
		wait: ['wait.event', { event: 'race.answered', timeout: 'P1D' }],
		end: ['exit', { reason: 'answered' }]
	},
	['come -> wait', 'wait.happened -> end'],
	{ reentry: { when: 'always' } }
);

const HOUR = 3_600_000;

/** Runs `races` of them, fifty a batch. A wait that missed its event is a problem, and a way other than rehearsed. */
export async function raceEvents(clinic: Clinic, races: number, seed: number): Promise<string[]> {
	const chance = chanceOf(seed);
	const people = await clinic.crowd(PEOPLE);
	await clinic.publish('race', journey);
	const gates = new Gates(clinic.pool);
	for (let round = 0; round < races / PEOPLE; round++) {
		await clinic.tell(people, 'race.came');
		while (await clinic.route()) continue;
		const answering = Map.groupBy(people, () => chance(0, GAPS));
		await raceOnce(clinic, gates, answering, chance);
		clinic.clock.advance(1000);
		await clinic.settle();
	}
	const missed = await clinic.count(
		`enrollments where state <> 'exited' or reason is distinct from 'answered'`
	);
	return [
		...(missed ? [`${missed} waits missed their event`] : []),
		...(await judgePaths(clinic, rehearsal(people, races / PEOPLE)))
	];
}

// An hour a round in place of a second, and half of it until the answer: nothing of it races.
function rehearsal(people: string[], rounds: number): Played {
	const at = (round: number, ms: number) => new Date(Date.parse(START) + round * HOUR + ms).toISOString();
	const each = Array.from({ length: Math.ceil(rounds) }, (_, round) => round);
	return {
		journeys: [{ slug: 'race', document: journey }],
		contacts: people.map((id) => ({ id, email: `${id}@example.test` })),
		events: each.flatMap((round) =>
			people.flatMap((contact) => [
				{ at: at(round, 0), name: 'race.came', contact },
				{ at: at(round, HOUR / 2), name: 'race.answered', contact }
			])
		),
		until: at(each.length + 1, 0)
	};
}

async function raceOnce(
	clinic: Clinic,
	gates: Gates,
	answering: Map<number, string[]>,
	chance: Chance
): Promise<void> {
	const routers = chance(0, 3);
	const now = clinic.clock.now();
	const routing: Promise<number>[] = [];
	const answer = async (gap: number) => {
		const people = answering.get(gap) ?? [];
		answering.delete(gap);
		if (!people.length) return;
		const told = await clinic.tell(people, 'race.answered', {
			occurredAt: now + 1 + gap,
			receivedAt: now + 1 + gap
		});
		// A router that is not held back by who is due looks at them, finds no wait, and is done with them.
		if (!gates.isLocked && chance(0, 2))
			await clinic.pool.query('delete from event_queue where event_id = any($1)', [told]);
		// Not awaited: it may have to wait for the batch's own locks.
		for (let router = 0; router < routers; router++) routing.push(clinic.route());
	};
	gates.open(answer);
	const { vault } = clinic.app;
	await runBatch({ pool: gates.pool, vault, now, limit: 1000, shard: 0 });
	gates.open(async () => {});
	gates.isLocked = true;
	for (const gap of [...answering.keys()]) await answer(gap);
	await Promise.all(routing);
}

const LOCK = 'for no key update skip locked';

type AtGap = (gap: number) => Promise<void>;

/** A pool whose connections stop after each statement until something else has been done. */
class Gates {
	readonly pool: pg.Pool;
	/** Whether the people of the batch are locked, so that no router can look at their events any more. */
	isLocked = false;
	private gap = 0;
	private atGap: AtGap = async () => {};

	constructor(pool: pg.Pool) {
		this.pool = over(pool, 'connect', async () => {
			const client = await pool.connect();
			return over(client, 'query', async (...args) => {
				const result = await (client.query as (...args: unknown[]) => Promise<unknown>)(...args);
				this.isLocked ||= String(args[0]).includes(LOCK);
				await this.atGap(this.gap++);
				return result;
			});
		});
	}

	/** What is done from now on after each statement, counted from 0. */
	open(atGap: AtGap): void {
		this.gap = 0;
		this.isLocked = false;
		this.atGap = atGap;
	}
}

function over<T extends object>(real: T, method: string, work: (...args: unknown[]) => Promise<unknown>): T {
	return new Proxy(real, {
		get(target, name) {
			if (name === method) return work;
			const value: unknown = Reflect.get(target, name, target);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		}
	});
}

export const lostWakeUps: Scene = {
	name: 'lost-wake-ups',
	async play({ house, size }) {
		const { clinic, close } = await house.place(START);
		try {
			const races = size('TORTURE_RACES', 10_000);
			const missed = await raceEvents(clinic, races, size('TORTURE_SEED', 1));
			const problems = [...missed, ...(await judgeStory(clinic))];
			return { figures: `${races} events against the write of their wait`, problems };
		} finally {
			await close();
		}
	}
};
