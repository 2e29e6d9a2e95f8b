// One person breaks the batch that they are in.
import { type Clinic, DAY, draw, email } from '../../../tests/support/journey.ts';
import { lanes, type Scene } from '../scene.ts';
import { judgeMail, judgeStory } from '../verdict.ts';

const journey = draw(
	{
		come: ['trigger.transactional', { event: 'poison.came' }],
		mail: email(),
		wait: ['wait.for', { duration: 'P1D' }],
		end: ['exit', {}]
	},
	['come -> mail', 'mail -> wait', 'wait -> end']
);

/** Returns how many failed and how many ended well. */
async function poisonOne(clinic: Clinic, people: string[]): Promise<Record<string, number>> {
	await clinic.publish('poison', journey);
	await clinic.tell(people, 'poison.came');
	while (await clinic.route()) continue;
	await clinic.pool.query(
		`insert into message_keys (enrollment_id, step, arrival, message_id)
		 select id, 'mail', 1, 0 from enrollments where contact_id = $1`,
		[clinic.idOf(people[people.length >> 1] ?? '')]
	);
	const work = lanes(clinic, 4);
	await work();
	clinic.clock.advance(DAY);
	await work();
	await clinic.pool.query('delete from message_keys where message_id = 0');
	return clinic.states();
}

export const poison: Scene = {
	name: 'poison',
	async play({ house, size }) {
		const { clinic, sink, close } = await house.place('2026-03-02T12:00:00Z');
		try {
			const people = await clinic.crowd(size('TORTURE_POISONED', 1000));
			const states = await poisonOne(clinic, people);
			const problems = [...(await judgeStory(clinic)), ...(await judgeMail(clinic, sink))];
			if (states['failed internal error (23505)'] !== 1 || states.exited !== people.length - 1)
				problems.push(`ended as ${JSON.stringify(states)}`);
			return { figures: `1 poison among ${people.length} contacts, ${sink.times.size} mails`, problems };
		} finally {
			await close();
		}
	}
};
