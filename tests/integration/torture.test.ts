/** Short forms of `npm run torture`, on a set clock. Others stand beside what they are about: batch, entries, sender, versions. */
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { chanceOf } from '../../scripts/torture/chance.ts';
import { lanes, stubbornly, type Work } from '../../scripts/torture/scene.ts';
import { agree, nightsFrom } from '../../scripts/torture/scenes/clock-changes.ts';
import { enterOnce, mailByFour, shareByFive } from '../../scripts/torture/scenes/crowds.ts';
import { raceEvents } from '../../scripts/torture/scenes/lost-wake-ups.ts';
import { judgeCalm, twoMails } from '../../scripts/torture/scenes/paused.ts';
import { poisonOne } from '../../scripts/torture/scenes/poison.ts';
import { judgeStory } from '../../scripts/torture/verdict.ts';
import { sendQueued } from '../../src/lib/runtime/sender.ts';
import { cloneDatabase } from '../support/database.ts';
import { Clinic } from '../support/journey.ts';

let clinic: Clinic;
beforeEach(async () => void (clinic = await Clinic.open('2026-03-02T12:00:00Z')));
afterEach(async () => {
	expect(await judgeStory(clinic)).toEqual([]);
	await clinic.close();
});

/** The same, and seconds pass after it. */
const passing = (work: Work) => async () => {
	await work();
	clinic.clock.advance(2000);
};

test('an event that commits between any two statements of the batch that writes its wait ends it', async () => {
	expect(await raceEvents(clinic, 200, 1)).toEqual([]);
});

test('five equal events at once let everybody in once', async () => {
	expect(await enterOnce(clinic, await clinic.crowd(50), passing(lanes(clinic, 2)))).toEqual([]);
});

test('one who breaks the batch fails alone, and the others go the rehearsed way', async () => {
	expect(await poisonOne(clinic, await clinic.crowd(50))).toEqual([]);
});

test('one template in four journeys is sent four times to everybody', async () => {
	expect(await mailByFour(clinic, await clinic.crowd(50), lanes(clinic, 2))).toEqual([]);
});

test('five journeys of the same people on four lanes keep the cap and lose no change', async () => {
	expect(await shareByFive(clinic, await clinic.crowd(60), lanes(clinic, 4))).toEqual([]);
});

test('paused for 25 seconds between two mails, three hundred people finish, and nothing is sent meanwhile', async () => {
	await clinic.publish('calm', twoMails);
	const people = await clinic.crowd(300);
	await clinic.tell(people, 'calm.came');
	await clinic.settle();
	await pauseJourney(clinic.app, 'calm');
	await clinic.pass(25_000);
	expect(await clinic.count('messages')).toBe(300);
	await resumeJourney(clinic.app, 'calm');
	await clinic.settle();
	expect(await clinic.states()).toEqual({ 'exited done': 300 });
	expect(await clinic.count(`messages where state = 'sent'`)).toBe(600);
	expect(await judgeCalm(clinic, people)).toEqual([]);
});

test.each(['2026-03-06', '2026-10-30'])(
	'after %s the clocks change, and the runtime does what memory rehearses',
	async (day) => {
		const database = await cloneDatabase();
		expect(await agree(nightsFrom(day, 4), database)).toBe(true);
		await database.drop();
	}
);

/** A pool whose sessions can be told from the clinic's own. */
function namedPool(name: string): pg.Pool {
	const { options } = clinic.pool;
	const pool = new pg.Pool({ ...options, application_name: name });
	pool.on('error', () => {});
	pool.on('connect', (client) => void client.on('error', () => {}));
	return pool;
}

const END_SESSIONS = `select pg_terminate_backend(pid) from pg_stat_activity
	where datname = current_database() and pid <> pg_backend_pid() and application_name = any($1)`;

test('sessions of workers, of senders or of both that end at random moments lose nobody, and nobody is mailed twice', async () => {
	const chance = chanceOf(1);
	const people = await clinic.crowd(200);
	await clinic.publish('calm', twoMails);
	await clinic.tell(people, 'calm.came');
	const pool = namedPool('sender');
	const work = lanes(clinic, 3, () => sendQueued({ ...clinic.app, pool }));
	for (let ended = 0; ended < 10; ended++) {
		const working = work().catch(() => 'broken off');
		for (let looks = chance(1, 20); looks; looks--) await stubbornly(() => clinic.count('messages'));
		const whose = [['stepwell'], ['sender'], ['stepwell', 'sender']][chance(0, 3)];
		await stubbornly(() => clinic.pool.query(END_SESSIONS, [whose]));
		await working;
	}
	await pool.end();
	await stubbornly(() => clinic.settle());
	await clinic.pass(400_000);
	expect(await clinic.states()).toEqual({ 'exited done': 200 });
	expect(await clinic.count('caught_mails')).toBeLessThanOrEqual(400);
	const states = await clinic.rows('select distinct state from messages');
	for (const { state } of states) expect(['sent', 'unknown']).toContain(state);
	expect(await judgeCalm(clinic, people)).toEqual([]);
});
