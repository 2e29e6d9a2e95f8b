// Many at once: several workers on the same people, equal events, one template for several journeys, journeys that share a person.
import { type Clinic, DAY, draw, email } from '../../../tests/support/journey.ts';
import { openContacts, CONTACT_COLUMNS, type ContactRow } from '$lib/server/people/contact-store.ts';
import { Crew } from '../crew.ts';
import { crewed, type Scene, type Stage, type Work } from '../scene.ts';
import { judgeMail, judgePaths, judgeStory, START, type Played } from '../verdict.ts';

/** Plays `scene` with `processes` at work, and judges it. */
async function withCrew(
	{ house, program }: Stage,
	processes: number,
	scene: (clinic: Clinic, work: Work) => Promise<string[]>
): Promise<{ problems: string[]; mails: number }> {
	const place = await house.place();
	const crew = new Crew(program, place);
	try {
		await crew.start(processes);
		const found = await scene(place.clinic, crewed(place.clinic));
		await crew.stop();
		const problems = [
			...found,
			...(await judgeStory(place.clinic)),
			...(await judgeMail(place.clinic, place.sink))
		];
		return { problems, mails: place.sink.times.size };
	} finally {
		await crew.stop();
		await place.close();
	}
}

const contactsOf = (people: string[]) => people.map((id) => ({ id, email: `${id}@example.test` }));
const eventsOf = (people: string[], name: string) => people.map((contact) => ({ at: START, name, contact }));

function comparison(
	people: string[],
	event: string,
	journeys: Played['journeys'],
	more: object = {}
): Played {
	const events = eventsOf(people, event);
	return { journeys, contacts: contactsOf(people), events, until: '2026-03-02T13:00:00Z', ...more };
}

const mailTwice = (event: string) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			first: email(),
			pause: ['wait.for', { duration: 'PT1S' }],
			second: email(),
			end: ['exit', { reason: 'done' }]
		},
		['come -> first', 'first -> pause', 'pause -> second', 'second -> end']
	);

export const severalWorkers: Scene = {
	name: 'several-workers',
	async play(stage) {
		const count = stage.size('TORTURE_SHARED', 2000);
		const runs: { problems: string[]; mails: number }[] = [];
		for (const processes of [2, 4])
			runs.push(
				await withCrew(stage, processes, async (clinic, work) => {
					const document = mailTwice('shared.came');
					const people = await clinic.crowd(count);
					await clinic.publish('shared', document);
					await clinic.tell(people, 'shared.came');
					for (let left = 1; left;) {
						await work();
						left = await clinic.count('enrollments where ended_at is null');
					}
					await work();
					return judgePaths(clinic, comparison(people, 'shared.came', [{ slug: 'shared', document }]));
				})
			);
		return {
			figures: `2 and 4 workers, ${count} contacts each, ${runs.map(({ mails }) => mails).join(' and ')} mails`,
			problems: runs.flatMap(({ problems }) => problems)
		};
	}
};

const PER_CONTACT = 5;

export const equalEvents: Scene = {
	name: 'equal-events',
	async play(stage) {
		const count = stage.size('TORTURE_EQUAL', 200);
		const { problems } = await withCrew(stage, 2, async (clinic, work) => {
			const people = await clinic.crowd(count);
			await clinic.publish('equal', mailTwice('equal.came'));
			await Promise.all(
				Array.from({ length: PER_CONTACT }, (_, n) => clinic.tell(people, 'equal.came', { key: String(n) }))
			);
			await work();
			const entries = await clinic.count('enrollments');
			return entries === count ? [] : [`${entries} entries`];
		});
		return { figures: `${count} contacts, ${PER_CONTACT} equal events each, ${count} entries`, problems };
	}
};

/** Everybody gets one template from four journeys; what is not four messages each is a problem. */
export async function mailByFour(clinic: Clinic, people: string[], work: Work): Promise<string[]> {
	const document = draw({ come: ['trigger.transactional', { event: 'four.came' }], mail: email() }, [
		'come -> mail'
	]);
	const journeys = ['a', 'b', 'c', 'd'].map((letter) => ({ slug: `four-${letter}`, document }));
	for (const { slug } of journeys) await clinic.publish(slug, document);
	await clinic.tell(people, 'four.came');
	await work();
	const sent = await clinic.count(`messages where state = 'sent'`);
	const wrong = sent === 4 * people.length ? [] : [`${sent} sent`];
	return [...wrong, ...(await judgePaths(clinic, comparison(people, 'four.came', journeys)))];
}

export const oneTemplate: Scene = {
	name: 'one-template',
	async play(stage) {
		const count = stage.size('TORTURE_MAILED', 50);
		const { problems, mails } = await withCrew(stage, 2, async (clinic, work) =>
			mailByFour(clinic, await clinic.crowd(count), work)
		);
		return { figures: `4 journeys, ${count} contacts, ${mails} mails`, problems };
	}
};

const FIVE = [1, 2, 3, 4, 5];

/** Five journeys change and mail the same people at once: one mail each, by the cap, and no change lost. */
export async function shareByFive(clinic: Clinic, people: string[], work: Work): Promise<string[]> {
	await clinic.pool.query(
		`update settings set value = value || '{"frequencyCap":{"messages":1,"per":"P7D"}}' where key = 'workspace'`
	);
	await clinic.template('offer', 'An offer. [Unsubscribe]({{ links.unsubscribe }})');
	const granted = [{ kind: 'marketing' as const, grantedAt: clinic.clock.now() - DAY }];
	await clinic.contacts(...people.map((id) => ({ id, consents: granted })));
	for (const n of FIVE) await clinic.attribute(`seen${n}`, 'number', n % 2 === 0);
	for (const n of FIVE)
		await clinic.publish(
			`five-${n}`,
			draw(
				{
					come: ['trigger.transactional', { event: 'five.came' }],
					set: ['contact.update', { set: { [`seen${n}`]: n } }],
					mail: email({ template: 'offer', purpose: 'marketing' }),
					end: ['exit', {}]
				},
				['come -> set', 'set -> mail', 'mail -> end']
			)
		);
	await clinic.tell(people, 'five.came');
	await work();
	const messages = await clinic.count('messages');
	const sent = await clinic.count(`messages where state = 'sent'`);
	const wrong =
		messages === 5 * people.length && sent === people.length ? [] : [`${sent} of ${messages} messages sent`];
	return [...wrong, ...(await findLostChanges(clinic))];
}

async function findLostChanges(clinic: Clinic): Promise<string[]> {
	const rows = await clinic.rows<ContactRow>(`select ${CONTACT_COLUMNS} from contacts c`);
	const contacts = [...(await openContacts(clinic.app.vault, rows)).values()];
	const lost = contacts.filter(({ attributes }) => FIVE.some((n) => attributes[`seen${n}`] !== n)).length;
	return lost ? [`${lost} people lost a change`] : [];
}

export const fiveJourneys: Scene = {
	name: 'five-journeys',
	async play(stage) {
		const count = stage.size('TORTURE_FIVE', 300);
		const { problems, mails } = await withCrew(stage, 4, async (clinic, work) =>
			shareByFive(clinic, await clinic.crowd(count), work)
		);
		return { figures: `4 workers, 5 journeys, ${count} contacts, ${mails} mails by the cap`, problems };
	}
};
