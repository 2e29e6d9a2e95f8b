// Workers and senders, or PostgreSQL itself, are killed while people come, are mailed, wait and answer.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRole } from '$lib/server/app.ts';
import { type Clinic, draw, email } from '../../../tests/support/journey.ts';
import { chanceOf, type Chance } from '../chance.ts';
import { Crew } from '../crew.ts';
import type { Place } from '../house.ts';
import { stubbornly, until, wakeAll, type Outcome, type Scene, type Stage } from '../scene.ts';
import { judgeMail, judgePaths, judgeStory, START } from '../verdict.ts';

const SLUG = 'tried';

const journey = draw(
	{
		come: ['trigger.transactional', { event: 'tried.came' }],
		first: email(),
		pause: ['wait.for', { duration: 'PT1S' }],
		answer: ['wait.event', { event: 'tried.answered', timeout: 'P1D' }],
		second: email(),
		end: ['exit', { reason: 'answered' }]
	},
	['come -> first', 'first -> pause', 'pause -> answer', 'answer.happened -> second', 'second -> end']
);

const LEASE_AND_MORE_MS = 6 * 60_000;

/** Who moves people and who mails them are killed apart. */
const ROLES: readonly ProcessRole[] = ['worker', 'sender', 'worker', 'sender'];

export const killedProcesses: Scene = {
	name: 'killed-processes',
	async play(stage) {
		const kills = stage.size('TORTURE_KILLS', 50);
		return underKills(stage, stage.size('TORTURE_CONTACTS', 5000), async (crew, _place, chance) => {
			for (let kill = 0; kill < kills; kill++) {
				await sleep(chance(200, 1000));
				await crew.killOne(chance);
			}
		});
	}
};

export const killedPostgres: Scene = {
	name: 'killed-postgres',
	async play(stage) {
		const kills = stage.size('TORTURE_POSTGRES_KILLS', 5);
		const outcome = await underKills(
			stage,
			stage.size('TORTURE_POSTGRES_CONTACTS', 2000),
			async (crew, _place, chance) => {
				for (let kill = 0; kill < kills; kill++) {
					await sleep(chance(1000, 4000));
					await stage.house.killPostgres();
					await sleep(chance(500, 2000));
					await crew.killOne(chance);
				}
			}
		);
		return { ...outcome, figures: `${kills} kills of PostgreSQL, ${outcome.figures}` };
	}
};

type Torment = (crew: Crew, place: Place, chance: Chance) => Promise<void>;

async function underKills(stage: Stage, contacts: number, torment: Torment): Promise<Outcome> {
	const place = await stage.house.place();
	const crew = new Crew(stage.program, place);
	try {
		const people = await place.clinic.crowd(contacts);
		await place.clinic.publish(SLUG, journey);
		await crew.start(ROLES);
		const chance = chanceOf(stage.size('TORTURE_SEED', 1));
		const feeding = feed(place.clinic, people);
		await torment(crew, place, chance);
		await feeding;
		await finish(place.clinic, crew);
		return await judge(place, crew, people);
	} finally {
		await crew.stop();
		await place.close();
	}
}

const AT_ONCE = 100;

// People come a hundred at a time, and answer once they wait for it.
async function feed(clinic: Clinic, people: string[]): Promise<void> {
	for (let first = 0; first < people.length; first += AT_ONCE) {
		await tell(clinic, people.slice(first, first + AT_ONCE), 'tried.came');
		await answer(clinic);
		await sleep(300);
	}
	await until(async () => {
		await answer(clinic);
		return (await clinic.count('enrollments where ended_at is null')) === 0;
	}, 'everybody to end');
}

// A key makes what was told twice, since nobody knew whether it had been written, one event.
const tell = (clinic: Clinic, people: string[], name: string) =>
	stubbornly(() => clinic.tell(people, name, { key: '1' }));

async function answer(clinic: Clinic): Promise<void> {
	const waiting = await stubbornly(() =>
		clinic.rows<{ id: number }>('select contact_id as id from event_waits limit 500')
	);
	const nameOf = new Map([...clinic.ids].map(([name, id]) => [id, name]));
	const people = waiting.flatMap(({ id }) => nameOf.get(id) ?? []);
	if (people.length) await tell(clinic, people, 'tried.answered');
}

// Whoever comes after the leases holds what the dead left: nobody can tell whether it was sent.
async function finish(clinic: Clinic, crew: Crew): Promise<void> {
	await until(async () => (await clinic.count(`messages where state = 'queued'`)) === 0, 'the outbox');
	await crew.stop();
	await crew.start(['all'], LEASE_AND_MORE_MS);
	await wakeAll(clinic);
	await until(
		async () => (await clinic.count(`messages where state in ('queued', 'sending')`)) === 0,
		'the leases'
	);
}

async function judge({ clinic, sink }: Place, crew: Crew, people: string[]): Promise<Outcome> {
	const unknown = await clinic.count(`messages where state = 'unknown'`);
	const at = (second: number) => new Date(Date.parse(START) + second * 1000).toISOString();
	const problems = [
		...(await judgeStory(clinic)),
		...(await judgeMail(clinic, sink)),
		...(await judgePaths(clinic, {
			journeys: [{ slug: SLUG, document: journey }],
			contacts: people.map((id) => ({ id, email: `${id}@example.test` })),
			events: people.flatMap((contact) => [
				{ at: at(1), name: 'tried.came', contact },
				{ at: at(60), name: 'tried.answered', contact }
			]),
			until: at(120)
		})),
		...(crew.ended ? [`${crew.ended} processes ended by themselves`] : [])
	];
	const figures = `${people.length} contacts, ${crew.describeKilled()}, ${sink.times.size} mails, ${unknown} unknown`;
	return { figures, problems };
}
