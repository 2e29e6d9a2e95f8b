// A new version removes the step that people wait in, while workers are at it: they move, or leave, as was chosen.
import type { PeopleChoice } from '$lib/server/journeys/move-choice.ts';
import { type Clinic, draw, email } from '../../../tests/support/journey.ts';
import { Crew } from '../crew.ts';
import { until, type Scene } from '../scene.ts';
import { judgeMail, judgeStory } from '../verdict.ts';

const before = (event: string) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			old: ['wait.for', { duration: 'PT2S' }],
			mail: email(),
			gone: ['wait.event', { event: 'never', timeout: 'P1D' }]
		},
		['come -> old', 'old -> mail', 'mail -> gone']
	);

const after = (event: string) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			old: ['wait.for', { duration: 'PT2S' }],
			mail: email(),
			last: ['wait.for', { duration: 'PT1S' }],
			end: ['exit', { reason: 'moved' }]
		},
		['come -> old', 'old -> mail', 'mail -> last', 'last -> end']
	);

const choices: Record<string, PeopleChoice> = {
	move: { choice: 'move', mapping: { gone: { step: 'last' } } },
	exit: { choice: 'move', mapping: { gone: 'exit' } }
};

// Half of the people wait in it, the others are on their way: those go by the new version.
async function removeUnder(clinic: Clinic, slug: string, people: string[]): Promise<string[]> {
	const half = people.length >> 1;
	await clinic.publish(slug, before(slug));
	await clinic.tell(people.slice(0, half), slug);
	const inGone = 'enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.step = $2';
	await until(async () => (await clinic.count(inGone, [slug, 'gone'])) === half, 'them to wait');
	await clinic.tell(people.slice(half), slug);
	await clinic.republish(slug, after(slug), choices[slug] ?? { choice: 'finish' });
	const open =
		'enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.ended_at is null';
	const queued = `event_queue`;
	await until(
		async () => !(await clinic.count(queued)) && !(await clinic.count(open, [slug])),
		'everybody to end'
	);
	const moved = await clinic.count(
		`enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.reason = 'moved'`,
		[slug]
	);
	const wanted = slug === 'move' ? people.length : people.length - half;
	return moved === wanted ? [] : [`${slug}: ${moved} of ${wanted} ended by the new version`];
}

// Memory plays one version of a journey, and a scenario has no word for a new one: there is no rehearsal to compare the ways with.
// By which version everybody ends is asked above; that steps and outcomes fit their counts, `judgeStory` asks.
export const removedStep: Scene = {
	name: 'removed-step',
	async play({ house, program, size }) {
		const place = await house.place();
		const { clinic, sink } = place;
		const crew = new Crew(program, place);
		try {
			const people = await clinic.crowd(size('TORTURE_MOVED', 400));
			await crew.start(['worker', 'sender']);
			const problems: string[] = [];
			for (const slug of Object.keys(choices)) problems.push(...(await removeUnder(clinic, slug, people)));
			await until(
				async () => !(await clinic.count(`messages where state in ('queued', 'sending')`)),
				'the mails'
			);
			await crew.stop();
			problems.push(...(await judgeStory(clinic)), ...(await judgeMail(clinic, sink)));
			return { figures: `${people.length} contacts, moved and exited, ${sink.times.size} mails`, problems };
		} finally {
			await crew.stop();
			await place.close();
		}
	}
};
