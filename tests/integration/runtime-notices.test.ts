/** Notes to the team: the words stay in Stepwell, the mail only tells that they are there. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { erasePerson } from '../../src/lib/server/people/erase.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, draw } from '../support/journey.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { caughtHeads } from '../support/people.ts';
import { callAs } from '../support/call-as.ts';

const CANARY = 'canary-of-a-diagnosis';

let clinic: Clinic;
let server: MailServer | undefined;
let userId = 0;
beforeAll(async () => {
	clinic = await Clinic.open();
	await clinic.attribute('diagnosis', 'text', true);
	await clinic.pool.query(
		`insert into users (email, name, password_hash, role) values ('owner@clinic.example', 'Olga Owner', '', 'owner')`
	);
	const { id } = await clinic.one<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ('Nurse@clinic.example', 'Nora Nurse', '', 'marketer') returning id`
	);
	userId = id;
	const leaver = await clinic.one<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ('gone@clinic.example', 'Nobody Known', '', 'marketer') returning id`
	);
	await clinic.publish(
		'watch',
		draw(
			{
				in: ['trigger.transactional', { event: 'lab.ready' }],
				tell: [
					'notify.team',
					{
						to: ['nora nurse', 'nurse@clinic.example', 'lab@outside.example', 'Nobody Known'],
						message: 'Look at {{ contact.diagnosis }}.'
					},
					{ label: 'Results came' }
				],
				end: ['exit', {}]
			},
			['in -> tell', 'tell -> end'],
			{ reentry: { when: 'always' } }
		)
	);
	// Who left after the publish is nobody any more.
	await clinic.pool.query('delete from users where id = $1', [leaver.id]);
});
afterAll(async () => {
	await server?.close();
	await clinic.close();
});
afterEach(() => expectOneStory(clinic.pool));

async function enter(person: string): Promise<void> {
	await clinic.contacts({ id: person, name: 'Ann Example', attributes: { diagnosis: CANARY } });
	await clinic.tell(person, 'lab.ready');
	await clinic.settle();
}

const noticesOf = (person: string) =>
	clinic.rows<{
		id: number;
		recipient: string;
		user_id: number | null;
		state: string;
		reason: string | null;
	}>('select id, recipient, user_id, state, reason from notices where contact_id = $1 order by recipient', [
		clinic.idOf(person)
	]);

const nora = () => callAs(clinic.app, 'marketer', userId).notes;

test('everybody named is told once, and the person goes on at once', async () => {
	await enter('ann');
	expect(await clinic.states('ann')).toEqual({ exited: 1 });
	expect(await noticesOf('ann')).toMatchObject([
		{ recipient: 'lab@outside.example', user_id: null, state: 'sent' },
		{ recipient: 'nobody known', user_id: null, state: 'failed', reason: 'nobody-of-that-name' },
		{ recipient: 'nurse@clinic.example', user_id: userId, state: 'sent' }
	]);
	const heads = await caughtHeads(clinic.database);
	expect(heads.map(({ to, subject }) => [to, subject])).toEqual([
		[['nurse@clinic.example'], 'A note from “watch”'],
		[['lab@outside.example'], 'A note from “watch”']
	]);
	await clinic.settle();
	expect(await clinic.count('caught_mails')).toBe(2);
});

test('whoever is told reads it after signing in, and that is recorded', async () => {
	const [note] = await nora().list();
	expect(note).toMatchObject({ step: 'Results came', journey: { slug: 'watch' }, isRead: false });
	expect(JSON.stringify(note)).not.toContain(CANARY);
	const read = await nora().get({ id: note?.id ?? 0 });
	expect(read).toMatchObject({ text: `Look at ${CANARY}.`, contactId: clinic.idOf('ann') });
	expect((await nora().list())[0]).toMatchObject({ isRead: true });
	expect(await clinic.rows(`select actor_id, subject_ids from audit_log where action = 'note.read'`)).toEqual(
		[{ actor_id: String(userId), subject_ids: [String(clinic.idOf('ann'))] }]
	);
});

test('nobody else does, nor whoever may not see people', async () => {
	const [note] = await nora().list();
	const id = note?.id ?? 0;
	await expect(callAs(clinic.app, 'owner').notes.get({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	for (const role of ['manager', 'integrator', 'operator'] as const)
		await expect(callAs(clinic.app, role, userId).notes.get({ id })).rejects.toMatchObject({
			code: 'FORBIDDEN'
		});
});

test('a mail that leaves says nothing about the person, and is sent once by two senders', async () => {
	server = await startMailServer(clinic.app);
	await clinic.contacts({ id: 'bob', name: 'Bob Example', attributes: { diagnosis: CANARY } });
	await clinic.tell('bob', 'lab.ready');
	await clinic.route();
	await clinic.pump();
	await Promise.all([clinic.send(), clinic.send()]);
	expect(server.taken.toSorted()).toEqual(['lab@outside.example', 'nurse@clinic.example']);
	const raw = server.raw.get('nurse@clinic.example') ?? '';
	const [mine] = (await noticesOf('bob')).filter((each) => each.user_id === userId);
	expect(raw).toContain(`/notes/${mine?.id}`);
	for (const mail of server.raw.values())
		for (const word of [CANARY, 'Bob', 'diagnosis']) expect(mail).not.toContain(word);
});

test('a server that says later is asked again; one that refuses has failed, and the note is there all the same', async () => {
	server?.manners.set('nurse', 'put-off').set('lab', 'refuse');
	await enter('cat');
	expect(await noticesOf('cat')).toMatchObject([
		{ state: 'failed', reason: 'refused' },
		{},
		{ state: 'queued' }
	]);
	server?.manners.clear();
	await clinic.pass(60_000);
	expect((await noticesOf('cat'))[2]).toMatchObject({ state: 'sent' });
	expect((await nora().list())[0]).toMatchObject({ isRead: false });
});

test('nothing about the person stands readable anywhere', async () => {
	const tables = await clinic.rows<{ name: string }>(
		`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
		 where schemaname in ('public', 'graphile_worker')`
	);
	for (const { name } of tables)
		expect(await clinic.count(`${name} t where t::text like $1`, [`%${CANARY}%`]), name).toBe(0);
});

test('a deletion takes away what was said', async () => {
	await erasePerson(clinic.app, { id: clinic.idOf('ann'), by: null }, () => ({
		at: clinic.clock.now(),
		actor: { kind: 'system', id: 'test' },
		action: 'contact.erase',
		subject: { kind: 'contact', ids: [String(clinic.idOf('ann'))] }
	}));
	const [mine] = (await noticesOf('ann')).filter((each) => each.user_id === userId);
	expect(await nora().get({ id: mine?.id ?? 0 })).toMatchObject({ text: null });
});

test('a name that nobody of the team has is refused at its place, and an address outside is pointed out', async () => {
	const document = draw(
		{
			in: ['trigger.transactional', { event: 'lab.late' }],
			tell: ['notify.team', { to: ['Nora Nurse', 'Nora Nurze', 'lab@outside.example'], message: 'Look.' }]
		},
		['in -> tell']
	);
	await expect(clinic.publish('late', document)).rejects.toMatchObject({
		problem: {
			code: 'publish.refused',
			problems: [
				{ code: 'team.unknown', severity: 'error', path: '/steps/1/config/to/1', step: 'tell' },
				{ code: 'team.unknown', severity: 'warning', path: '/steps/1/config/to/2', step: 'tell' }
			]
		}
	});
});

test('whoever was deactivated is told nothing any more, also by their address', async () => {
	await clinic.pool.query('update users set deactivated_at = now() where id = $1', [userId]);
	await enter('gus');
	expect(
		(await noticesOf('gus')).find(({ recipient }) => recipient === 'nurse@clinic.example')
	).toMatchObject({
		user_id: null,
		state: 'failed',
		reason: 'nobody-of-that-name'
	});
});
