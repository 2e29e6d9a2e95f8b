// Many at once: several workers on the same people, equal events, one template for several journeys, journeys that share a person.
import { type Clinic, DAY, draw, email } from '../../../tests/support/journey.ts';
import { openContacts, CONTACT_COLUMNS, type ContactRow } from '$lib/server/people/contact-store.ts';
import { Crew } from '../crew.ts';
import type { ProcessRole } from '$lib/server/app.ts';
import { crewed, type Scene, type Stage, type Work } from '../scene.ts';
import { judgeMail, judgePaths, judgeStory, START, type Played } from '../verdict.ts';

const TWO: readonly ProcessRole[] = ['worker', 'sender'];
const FOUR: readonly ProcessRole[] = ['worker', 'worker', 'worker', 'sender'];
const ALL: readonly ProcessRole[] = ['all', 'all'];

/** Plays `scene` with processes of these roles at work, and judges it. */
async function withCrew(
	{ house, program }: Stage,
	roles: readonly ProcessRole[],
	scene: (clinic: Clinic, work: Work) => Promise<string[]>
): Promise<{ problems: string[]; mails: number }> {
	const place = await house.place();
	const crew = new Crew(program, place);
	try {
		await crew.start(roles);
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
		for (const roles of [ALL, FOUR])
			runs.push(
				await withCrew(stage, roles, async (clinic, work) => {
					const document = mailTwice('shared.came');
					const people = await clinic.crowd(count);
					await clinic.publish('shared', document);
					await clinic.tell(people, 'shared.came');
					await workToTheEnd(clinic, work);
					return judgePaths(clinic, comparison(people, 'shared.came', [{ slug: 'shared', document }]));
				})
			);
		return {
			figures: `2 of all roles, then 3 workers and a sender, ${count} contacts each, ${runs.map(({ mails }) => mails).join(' and ')} mails`,
			problems: runs.flatMap(({ problems }) => problems)
		};
	}
};

/** Until nobody is under way, nor waits for a time that comes soon. */
async function workToTheEnd(clinic: Clinic, work: Work): Promise<void> {
	for (let left = 1; left;) {
		await work();
		left = await clinic.count('enrollments where ended_at is null');
	}
	await work();
}

const PER_CONTACT = 5;

/** Everybody has five equal events at once, and enters once. */
export async function enterOnce(clinic: Clinic, people: string[], work: Work): Promise<string[]> {
	const document = mailTwice('equal.came');
	await clinic.publish('equal', document);
	const tellings = Array.from({ length: PER_CONTACT }, (_, n) =>
		clinic.tell(people, 'equal.came', { key: String(n) })
	);
	await Promise.all(tellings);
	await workToTheEnd(clinic, work);
	const entries = await clinic.count('enrollments');
	const played = comparison(people, 'equal.came', [{ slug: 'equal', document }]);
	const events = tellings.flatMap(() => played.events);
	return [
		...(entries === people.length ? [] : [`${entries} entries`]),
		...(await judgePaths(clinic, { ...played, events }))
	];
}

export const equalEvents: Scene = {
	name: 'equal-events',
	async play(stage) {
		const count = stage.size('TORTURE_EQUAL', 200);
		const { problems } = await withCrew(stage, TWO, async (clinic, work) =>
			enterOnce(clinic, await clinic.crowd(count), work)
		);
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
		const { problems, mails } = await withCrew(stage, ALL, async (clinic, work) =>
			mailByFour(clinic, await clinic.crowd(count), work)
		);
		return { figures: `4 journeys, ${count} contacts, ${mails} mails`, problems };
	}
};

const FIVE = [1, 2, 3, 4, 5];
const CAP = { messages: 1, per: 'P7D' };
const OFFER = 'An offer. [Unsubscribe]({{ links.unsubscribe }})';

/** Five journeys change and mail the same people at once: one mail each, by the cap, and no change lost. */
export async function shareByFive(clinic: Clinic, people: string[], work: Work): Promise<string[]> {
	await clinic.pool.query(
		`update settings set value = value || jsonb_build_object('frequencyCap', $1::jsonb) where key = 'workspace'`,
		[JSON.stringify(CAP)]
	);
	await clinic.template('offer', OFFER);
	const granted = [{ kind: 'marketing' as const, grantedAt: clinic.clock.now() - DAY }];
	await clinic.contacts(...people.map((id) => ({ id, consents: granted })));
	for (const n of FIVE) await clinic.attribute(`seen${n}`, 'number', n % 2 === 0);
	const journeys = FIVE.map((n) => ({ slug: `five-${n}`, document: settingSeen(n) }));
	for (const { slug, document } of journeys) await clinic.publish(slug, document);
	await clinic.tell(people, 'five.came');
	await work();
	const messages = await clinic.count('messages');
	const sent = await clinic.count(`messages where state = 'sent'`);
	const wrong =
		messages === 5 * people.length && sent === people.length ? [] : [`${sent} of ${messages} messages sent`];
	return [
		...wrong,
		...(await findLostChanges(clinic)),
		// Whose mail the cap lets through is the order's, which is nobody's; the way of each is the same.
		...(await judgePaths(clinic, {
			...comparison(people, 'five.came', journeys),
			workspace: { frequencyCap: CAP },
			templates: [{ slug: 'offer', channel: 'email', text: OFFER }],
			attributes: FIVE.map((n) => ({ key: `seen${n}`, type: 'number', phi: n % 2 === 0 })),
			contacts: contactsOf(people).map((contact) => ({
				...contact,
				consents: [{ kind: 'marketing', grantedAt: '2026-01-01T00:00:00Z' }]
			}))
		}))
	];
}

const settingSeen = (n: number) =>
	draw(
		{
			come: ['trigger.transactional', { event: 'five.came' }],
			set: ['contact.update', { set: { [`seen${n}`]: n } }],
			mail: email({ template: 'offer', purpose: 'marketing' }),
			end: ['exit', {}]
		},
		['come -> set', 'set -> mail', 'mail -> end']
	);

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
		const { problems, mails } = await withCrew(stage, FOUR, async (clinic, work) =>
			shareByFive(clinic, await clinic.crowd(count), work)
		);
		return {
			figures: `3 workers and a sender, 5 journeys, ${count} contacts, ${mails} mails by the cap`,
			problems
		};
	}
};
