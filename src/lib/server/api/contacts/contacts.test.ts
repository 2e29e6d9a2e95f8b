import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditReader, callAs, type AuditTold } from '../../../../../tests/support/call-as.ts';
import {
	cloneDatabase,
	SetClock,
	testApp,
	type TestDatabase
} from '../../../../../tests/support/database.ts';
import { addContact, findContact } from '../../../../../tests/support/people.ts';
import type { App } from '../../app.ts';
import { inTransaction } from '../../db/db.ts';
import { recordEvents } from '../../ingest/record.ts';
import { openReason } from '../../people/reason.ts';
import { MASK } from '../../people/sight.ts';

let database: TestDatabase;
let app: App;
let clock: SetClock;
let told: () => Promise<AuditTold[]>;
let jane: number;
let event: number;

const why = { code: 'support' as const, words: 'Jane called about her asthma' };

beforeAll(async () => {
	database = await cloneDatabase();
	clock = new SetClock('2026-03-02T15:00:00Z');
	app = testApp(database.pool, clock);
	told = auditReader(app);
	await database.pool.query(
		`insert into attributes (key, label, type, tag, sensitive_kind, defined_at) values
			('plan', 'Plan', 'text', 'none', null, now()),
			('birthDate', 'Date of birth', 'date', 'limited', null, now()),
			('diagnosis', 'Diagnosis', 'text', 'phi', null, now()),
			('program', 'Program', 'text', 'sensitive', 'substance-use', now())`
	);
	jane = await addContact(database, {
		id: 'MRN-0007',
		name: 'Jane Müller-Doe',
		email: ' Jane@X.org ',
		phone: '(555) 201-0142',
		attributes: {
			plan: 'gold',
			birthDate: '1960-02-29',
			diagnosis: 'J45',
			program: 'Opioid clinic',
			odd: 'nobody knows'
		}
	});
	await inTransaction(database.pool, (tx) =>
		recordEvents(tx, database.vault, [
			{
				contactId: jane,
				name: 'lab.ready',
				source: 'api:k',
				properties: { result: 'positive', program: 'Opioid clinic', 'a sentence, not a name': 1 },
				occurredAt: clock.now(),
				receivedAt: clock.now()
			}
		])
	);
	event = (await database.pool.query<{ id: number }>('select id from events')).rows[0]?.id ?? 0;
});
afterAll(() => database.drop());
beforeEach(async () => void (await told()));

describe('a search', () => {
	const found = async (search: string) =>
		(await callAs(app, 'owner').contacts.list({ search })).rows.map(({ identity }) => identity?.publicId);

	test.each([
		['the email, however it is written', 'jane@x.ORG'],
		['the email with spaces around it', ' Jane@X.org '],
		['the phone in another spelling', '+1 555 201 0142'],
		['the whole id', 'MRN-0007'],
		['the beginning of a first name', 'ja'],
		['a name without its accents', 'jane mull'],
		['a last name alone', 'doe'],
		['more letters than the index knows', 'jane muller']
	])('finds by %s', async (_, search) => expect(await found(search)).toEqual(['MRN-0007']));

	test.each([
		['a part of the id', 'MRN'],
		['a part of the email', 'x.org'],
		['another name that begins the same', 'mullerson'],
		['a word that nobody is called', 'janet']
	])('finds nobody by %s', async (_, search) => expect(await found(search)).toEqual([]));
});

test('the list is newest first, in pages, with the number of all', async () => {
	for (let n = 0; n < 60; n++)
		await addContact(database, { id: `p${n}`, name: n < 3 ? `Bartholomew ${n}` : `Bartholemy ${n}` });
	const owner = callAs(app, 'owner').contacts;
	const first = await owner.list({});
	const second = await owner.list({ cursor: first.next ?? 0 });
	expect([first.rows.length, second.rows.length, first.total, second.next]).toEqual([50, 11, 61, null]);
	expect(first.rows[0]?.identity?.publicId).toBe('p59');
	const named = await owner.list({ search: 'bartholomew' });
	expect(named.rows.map(({ identity }) => identity?.name)).toEqual([
		'Bartholomew 2',
		'Bartholomew 1',
		'Bartholomew 0'
	]);
	expect(named).toMatchObject({ total: 3, next: null });
	await database.pool.query('delete from contacts where id > $1', [jane]);
});

test('a list that shows names is one entry with everybody on the page; an empty one is none', async () => {
	const owner = callAs(app, 'owner').contacts;
	await owner.list({});
	await owner.list({ search: 'nobody at all' });
	expect(await owner.count()).toEqual({ total: 1 });
	expect(await told()).toMatchObject([
		{
			actor: 'A owner',
			action: 'contact.read',
			subject: [String(jane)],
			fields: ['publicId', 'name', 'email', 'phone']
		}
	]);
});

test('a person comes masked, with kinds and quarantine told, and who looked is recorded with the names of what was clear', async () => {
	const person = await callAs(app, 'marketer').contacts.get({ id: jane });
	expect(person).toMatchObject({ name: 'Jane Müller-Doe', may: { show: true, edit: true, rights: false } });
	const seen = Object.fromEntries(person.attributes.map((each) => [each.key, each]));
	expect(seen['plan']).toMatchObject({ masked: false, value: 'gold', raw: 'gold' });
	expect(seen['birthDate']).toMatchObject({ masked: false, value: 'Feb 29, 1960', raw: '1960-02-29' });
	expect(seen['diagnosis']).toMatchObject({ masked: true, showable: true, value: MASK, raw: null });
	expect(seen['program']).toMatchObject({ masked: true, showable: false, sensitiveKind: 'substance-use' });
	expect(seen['odd']).toMatchObject({ masked: true, showable: true, defined: false });
	expect(person.events).toMatchObject([{ title: 'Lab ready', hasDetails: true }]);
	expect(await told()).toMatchObject([
		{
			action: 'contact.read',
			subject: [String(jane)],
			fields: ['publicId', 'name', 'email', 'phone', 'birthDate', 'plan']
		}
	]);
	expect(JSON.stringify(person)).not.toMatch(/J45|Opioid|nobody knows|positive/);
});

describe('showing', () => {
	test('needs a reason out of the list, and words', async () => {
		const { show } = callAs(app, 'owner').contacts;
		await expect(show({ id: jane, reason: { ...why, words: 'ok' } })).rejects.toThrow(/few words/);
		await expect(show({ id: jane, reason: { ...why, words: 'x'.repeat(301) } })).rejects.toThrow();
		await expect(
			show({ id: jane, reason: { code: 'curiosity' as 'other', words: 'I wanted to know' } })
		).rejects.toThrow();
		expect(await told()).toEqual([]);
	});

	test('answers the values, and keeps who, whom, which names and why', async () => {
		const shown = await callAs(app, 'owner').contacts.show({ id: jane, reason: why });
		expect(Object.fromEntries(shown.map(({ key, value }) => [key, value]))).toMatchObject({
			diagnosis: 'J45',
			program: 'Opioid clinic',
			odd: 'nobody knows'
		});
		const [entry, ...more] = await told();
		expect(more).toEqual([]);
		expect(entry).toMatchObject({ action: 'phi.show', subject: [String(jane)], reason: 'support' });
		expect(entry?.fields.toSorted()).toEqual(['birthDate', 'diagnosis', 'odd', 'plan', 'program']);
		expect(JSON.stringify(entry)).not.toMatch(/J45|asthma/);
		expect(entry?.reasonSealed?.toString('latin1')).not.toContain('asthma');
		expect(await openReason(app.vault, entry?.reasonSealed ?? Buffer.alloc(0))).toBe(why.words);
	});

	test('leaves out what is specially protected, for who may not show it', async () => {
		const shown = await callAs(app, 'marketer').contacts.show({ id: jane, reason: why });
		expect(shown.map(({ key }) => key)).not.toContain('program');
		const details = await callAs(app, 'marketer').contacts.show({ id: jane, event, reason: why });
		expect(details.map(({ key }) => key).toSorted()).toEqual(['a sentence, not a name', 'result']);
		expect((await told()).map(({ fields, details: more }) => [fields.includes('program'), more])).toEqual([
			[false, {}],
			[false, { event }]
		]);
	});

	test('answers nothing where the log could not be written', async () => {
		await database.pool.query('alter table audit_log rename to audit_log_away');
		await expect(callAs(app, 'owner').contacts.show({ id: jane, reason: why })).rejects.toThrow();
		await expect(callAs(app, 'owner').contacts.get({ id: jane })).rejects.toThrow();
		await expect(callAs(app, 'owner').contacts.list({})).rejects.toThrow();
		await database.pool.query('alter table audit_log_away rename to audit_log');
	});

	test.each(['manager', 'integrator', 'operator'] as const)('a %s may not', async (role) => {
		const { contacts } = callAs(app, role);
		await expect(contacts.show({ id: jane, reason: why })).rejects.toThrow(/permission/);
		await expect(contacts.get({ id: jane })).rejects.toThrow(/permission/);
		await expect(contacts.list({})).rejects.toThrow(/permission/);
	});
});

describe('a correction', () => {
	const revisionOf = async () => (await callAs(app, 'owner').contacts.get({ id: jane })).revision;

	test('writes what is different, and keeps the names of it alone', async () => {
		const revision = await revisionOf();
		await told();
		const { changed } = await callAs(app, 'marketer').contacts.update({
			id: jane,
			revision,
			email: 'jane@new.example',
			phone: '',
			attributes: { diagnosis: 'J46', plan: 'gold', birthDate: null }
		});
		expect(changed).toBe(true);
		expect(await findContact(database, 'MRN-0007')).toMatchObject({
			name: 'Jane Müller-Doe',
			email: 'jane@new.example',
			phone: null,
			attributes: { diagnosis: 'J46', plan: 'gold', program: 'Opioid clinic' }
		});
		expect(await told()).toMatchObject([
			{
				action: 'contact.update',
				subject: [String(jane)],
				fields: ['birthDate', 'diagnosis', 'email', 'phone']
			}
		]);
		expect((await callAs(app, 'owner').contacts.list({ search: 'JANE@new.example' })).total).toBe(1);
	});

	test('of what somebody else changed meanwhile is refused, also in the same millisecond', async () => {
		const revision = await revisionOf();
		const { update } = callAs(app, 'owner').contacts;
		await update({ id: jane, revision, name: 'Jane One' });
		await expect(update({ id: jane, revision, name: 'Jane Two' })).rejects.toThrow(/changed meanwhile/);
		expect((await findContact(database, 'MRN-0007'))?.name).toBe('Jane One');
	});

	test('that changes nothing writes nothing', async () => {
		const revision = await revisionOf();
		await told();
		const { changed } = await callAs(app, 'owner').contacts.update({ id: jane, revision, name: 'Jane One' });
		expect([changed, await told(), await revisionOf()]).toEqual([false, [], revision]);
	});

	test.each([
		['nobody has defined', { odd: 'x' }, 'owner', '/attributes/odd', /defined/],
		['can’t hold the value', { birthDate: 'CANARY-tomorrow' }, 'owner', '/attributes/birthDate', /date/],
		['only an owner sees', { program: 'x' }, 'marketer', '/attributes/program', /owner/]
	] as const)(
		'of an attribute that %s is refused, without the value',
		async (_, attributes, role, path, words) => {
			const refused = callAs(app, role).contacts.update({
				id: jane,
				revision: await revisionOf(),
				attributes
			});
			await expect(refused).rejects.toMatchObject({
				message: expect.stringMatching(words),
				cause: { problem: { path } }
			});
			await expect(refused).rejects.not.toThrow(/CANARY/);
		}
	);
});

test('somebody added by hand is recorded, with the authorization', async () => {
	const { id } = await callAs(app, 'marketer').contacts.create({
		name: 'Ann Lee',
		email: 'ann@example.test',
		marketing: true
	});
	expect(await told()).toMatchObject([
		{
			action: 'contact.create',
			subject: [String(id)],
			fields: expect.arrayContaining(['email', 'name', 'consent.marketing'])
		}
	]);
});

test('a person whose row was changed by hand is told to be so, and hides nobody else', async () => {
	await database.pool.query(
		'update contacts set sealed = set_byte(sealed, octet_length(sealed) - 1, get_byte(sealed, octet_length(sealed) - 1) # 1) where id = $1',
		[jane]
	);
	const owner = callAs(app, 'owner').contacts;
	expect((await owner.list({})).rows.map(({ identity }) => identity?.name ?? null)).toEqual([
		'Ann Lee',
		null
	]);
	await expect(owner.get({ id: jane })).rejects.toMatchObject({
		cause: { problem: { code: 'person.unreadable' } }
	});
});
