// A journey is paused between its two mails.
import { setTimeout as sleep } from 'node:timers/promises';
import { pauseJourney, resumeJourney } from '$lib/server/journeys/pause.ts';
import { type Clinic, draw, email } from '../../../tests/support/journey.ts';
import { Crew } from '../crew.ts';
import { until, type Scene } from '../scene.ts';
import { judgeMail, judgePaths, judgeStory, START } from '../verdict.ts';

export const twoMails = draw(
	{
		come: ['trigger.transactional', { event: 'calm.came' }],
		first: email(),
		pause: ['wait.for', { duration: 'PT10S' }],
		second: email(),
		end: ['exit', { reason: 'done' }]
	},
	['come -> first', 'first -> pause', 'pause -> second', 'second -> end']
);

const PAUSE_MS = 25_000;

/** Everybody went the way that memory rehearses, where nothing is paused. */
export function judgeCalm(clinic: Clinic, people: string[]): Promise<string[]> {
	return judgePaths(clinic, {
		journeys: [{ slug: 'calm', document: twoMails }],
		contacts: people.map((id) => ({ id, email: `${id}@example.test` })),
		events: people.map((contact) => ({ at: START, name: 'calm.came', contact })),
		until: '2026-03-02T13:00:00Z'
	});
}

export const paused: Scene = {
	name: 'paused',
	async play({ house, program, size }) {
		const place = await house.place();
		const { clinic, sink } = place;
		const crew = new Crew(program, place);
		try {
			const people = await clinic.crowd(size('TORTURE_PAUSED', 300));
			await clinic.publish('calm', twoMails);
			await crew.start(['worker', 'sender']);
			await clinic.tell(people, 'calm.came');
			await until(async () => sink.times.size > people.length / 2, 'the first mails');
			await pauseJourney(clinic.app, 'calm');
			// What was being handed over is handed over.
			await until(async () => (await clinic.count(`messages where state = 'sending'`)) === 0, 'hand-overs');
			const before = sink.times.size;
			await sleep(PAUSE_MS);
			const sentMeanwhile = sink.times.size - before;
			await resumeJourney(clinic.app, 'calm');
			await until(async () => (await clinic.count('enrollments where ended_at is null')) === 0, 'the ends');
			await until(async () => sink.times.size === 2 * people.length, 'the mails');
			await crew.stop();
			const problems = [
				...(await judgeStory(clinic)),
				...(await judgeMail(clinic, sink)),
				...(await judgeCalm(clinic, people))
			];
			if (sentMeanwhile) problems.push(`${sentMeanwhile} mails sent while paused`);
			return {
				figures: `${people.length} contacts, 25 s paused, ${sentMeanwhile} sent meanwhile, ${sink.times.size} mails`,
				problems
			};
		} finally {
			await crew.stop();
			await place.close();
		}
	}
};
