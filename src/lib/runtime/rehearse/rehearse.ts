/** Rehearsal on PostgreSQL (§9): a scenario played on the runtime that moves real people, with the clock set. */
import { randomBytes } from 'node:crypto';
import { instantOf, type Scenario, type ScenarioEvent } from '$lib/journey/rehearse/scenario.ts';
import type { Trace } from '$lib/journey/rehearse/trace.ts';
import type { App } from '$lib/server/app.ts';
import { Answers } from './answers.ts';
import { compileAll } from './check.ts';
import { Post } from './hand-overs.ts';
import { runJobs } from './jobs.ts';
import { Passing } from './pass.ts';
import { People } from './people.ts';
import { readTrace } from './read-trace.ts';
import { SetClock } from './set-clock.ts';
import { setUpJourneys, setUpWorkspace } from './set-up.ts';
import { tell, type Ears } from './tell.ts';

/** An empty, migrated database with its vault, which the scenario will fill. */
export type Place = Pick<App, 'pool' | 'vault' | 'log' | 'dataFolder'>;

/** Plays a scenario that `checkScenario` found sound, and reads its trace from the tables. */
export async function rehearseOnPostgres(scenario: Scenario, place: Place): Promise<Trace> {
	const start = instantOf(scenario.start);
	const clock = new SetClock(start);
	const app = appOn(place, clock);
	const post = new Post(app);
	const ears: Ears = { app, people: new People(app, scenario), post };
	const { people } = ears;
	const passing = new Passing(app, clock, post, new Answers(app, scenario));
	const [history, events] = divide(scenario, start);
	await setUpWorkspace(app, scenario);
	await people.comeUpTo(start);
	await tellHistory(ears, clock, history);
	clock.set(start);
	const { diagnostics } = compileAll(scenario);
	await setUpJourneys(app, scenario, diagnostics);
	// Who is in a segment when a trigger begins to watch it, before anything happens.
	await runJobs(app);
	await play(ears, passing, events);
	const until = instantOf(scenario.until);
	await passWith(people, passing, until);
	await passing.settle();
	await people.comeUpTo(Infinity);
	return readTrace(app, scenario, diagnostics);
}

function appOn(place: Place, clock: SetClock): App {
	return {
		...place,
		clock,
		secret: randomBytes(32),
		publicUrl: 'http://localhost',
		catcherPort: 0,
		migrations: 'drizzle',
		whileStill: (work) => work()
	};
}

type Timed = { at: number; event: ScenarioEvent };

/** What is before the start, and what comes up to the end, each in order of arrival. */
function divide(scenario: Scenario, start: number): [history: Timed[], events: Timed[]] {
	const until = instantOf(scenario.until);
	const all = scenario.events
		.map((event) => ({ event, at: instantOf(event.at) }))
		.toSorted((one, other) => one.at - other.at);
	return [all.filter(({ at }) => at < start), all.filter(({ at }) => at >= start && at <= until)];
}

/** History is recorded, and triggers nothing: nobody looks at it as it comes. */
async function tellHistory(ears: Ears, clock: SetClock, history: Timed[]): Promise<void> {
	for (const { at, event } of history) {
		clock.set(at);
		// A journey that is not published yet can't be paused.
		if (event.contact !== undefined) await tell(ears, event);
	}
	await ears.app.pool.query('delete from event_queue');
}

async function play(ears: Ears, passing: Passing, events: Timed[]): Promise<void> {
	for (const { at, event } of events) {
		await passWith(ears.people, passing, at);
		await tell(ears, event);
		await passing.settleEvent();
	}
}

/** Time passes, and people come in it. */
async function passWith(people: People, passing: Passing, instant: number): Promise<void> {
	for (let next = people.next(); next <= instant; next = people.next()) {
		await passing.passTo(next);
		await people.comeUpTo(next);
	}
	await passing.passTo(instant);
}
