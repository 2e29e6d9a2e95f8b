// One person breaks the batch that they are in.
import { type Clinic, DAY, draw, email } from '../../../tests/support/journey.ts';
import { lanes, type Scene } from '../scene.ts';
import { judgeMail, judgePaths, judgeStory, START } from '../verdict.ts';

const journey = draw(
	{
		come: ['trigger.transactional', { event: 'poison.came' }],
		mail: email(),
		wait: ['wait.for', { duration: 'P1D' }],
		end: ['exit', {}]
	},
	['come -> mail', 'mail -> wait', 'wait -> end']
);

/** One among them breaks the batch; that anybody else fails, or goes another way than rehearsed, is a problem. */
export async function poisonOne(clinic: Clinic, people: string[]): Promise<string[]> {
	const poisoned = people[people.length >> 1] ?? '';
	await clinic.publish('poison', journey);
	await clinic.tell(people, 'poison.came');
	while (await clinic.route()) continue;
	await clinic.pool.query(
		`insert into message_keys (enrollment_id, step, arrival, message_id)
		 select id, 'mail', 1, 0 from enrollments where contact_id = $1`,
		[clinic.idOf(poisoned)]
	);
	const work = lanes(clinic, 4);
	await work();
	clinic.clock.advance(DAY);
	await work();
	await clinic.pool.query('delete from message_keys where message_id = 0');
	const states = await clinic.states();
	const isWell = states['failed internal error (23505)'] === 1 && states.exited === people.length - 1;
	const paths = await judgePaths(
		clinic,
		{
			journeys: [{ slug: 'poison', document: journey }],
			contacts: people.map((id) => ({ id, email: `${id}@example.test` })),
			events: people.map((contact) => ({ at: START, name: 'poison.came', contact })),
			until: '2026-03-04T12:00:00Z'
		},
		[poisoned]
	);
	return [...(isWell ? [] : [`ended as ${JSON.stringify(states)}`]), ...paths];
}

export const poison: Scene = {
	name: 'poison',
	async play({ house, size }) {
		const { clinic, sink, close } = await house.place(START);
		try {
			const people = await clinic.crowd(size('TORTURE_POISONED', 1000));
			const problems = [
				...(await poisonOne(clinic, people)),
				...(await judgeStory(clinic)),
				...(await judgeMail(clinic, sink))
			];
			return { figures: `1 poison among ${people.length} contacts, ${sink.times.size} mails`, problems };
		} finally {
			await close();
		}
	}
};
