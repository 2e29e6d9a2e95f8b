import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { addContact, caughtHeads } from '../../../../tests/support/people.ts';
import type { App } from '../app.ts';
import type { Role } from '../auth/permissions.ts';
import { sightOf } from '../people/sight.ts';
import { startCatcher } from './catcher.ts';
import { createTemplate } from './create-template.ts';
import { previewMail, type SeenAs } from './preview.ts';
import { sendTest } from './send-test.ts';
import { listTemplates } from './template-list.ts';

let database: TestDatabase;
let app: App;
let ann: number;
beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool);
	const { pool } = database;
	await pool.query(
		`insert into settings values ('workspace', '{"name":"Riverside Clinic","timezone":"America/Chicago"}')`
	);
	await pool.query(
		`insert into attributes (key, label, type, tag, defined_at) values ('visit', 'Next visit', 'datetime', 'phi', now()), ('doctor', 'Their doctor', 'text', 'none', now())`
	);
	ann = await addContact(database, {
		id: 'ann',
		name: 'Ann Lee',
		email: 'ann@example.test',
		attributes: { visit: '2026-05-01T15:00:00Z' }
	});
	await pool.query(
		`insert into users (email, name, password_hash, role) values ('maya@clinic.example', 'Maya', 'x', 'owner')`
	);
});
afterAll(() => database.drop());

const asSeen = (id: number, role: Role = 'owner'): SeenAs => ({
	id,
	sight: sightOf({ kind: 'user', id: 1, name: 'Maya', role }),
	entryFor: (fields) => ({
		at: app.clock.now(),
		actor: { kind: 'user', id: '1' },
		action: 'contact.preview',
		subject: { kind: 'contact', ids: [String(id)] },
		fields
	})
});

const content = {
	subject: 'For {{ contact.name }}',
	preheader: '',
	blocks: [
		{
			kind: 'text' as const,
			text: '{{ contact.visit | date: "%B %-d %H:%M" }} / {{ contact.doctor | default: "us" }} / {{ trigger.visitDate }}'
		}
	]
};

it('a made-up person has a value for everything', async () => {
	const mail = await previewMail(app, content, { marketing: false });
	expect(mail.subject).toBe('For Maria Alvarez');
	expect(mail.text).toContain('March 9 10:00 / Their doctor / 2026-03-09');
});

it('a real person has their own, in their zone, and gets nothing of it', async () => {
	const mail = await previewMail(app, content, { person: asSeen(ann), marketing: true });
	expect(mail.text).toContain('May 1 10:00 / us / ');
	expect(mail.html).toContain('/u/preview');
	expect(mail.html).not.toContain('/t/');
});

it('who saw it as whom is recorded with the names of what it reads, once for a while of typing', async () => {
	const { rows } = await database.pool.query<{ fields: string[]; subject: string[] }>(
		`select fields, subject_ids as subject from audit_log where action = 'contact.preview'`
	);
	expect(rows).toEqual([
		{ fields: expect.arrayContaining(['name', 'visit', 'doctor']), subject: [String(ann)] }
	]);
	await previewMail(app, content, { person: { ...asSeen(ann), onceInMs: 60_000 }, marketing: false });
	const again = await database.pool.query(`select from audit_log where action = 'contact.preview'`);
	expect(again.rowCount).toBe(1);
});

it('what its reader may not even ask for stays covered in it', async () => {
	const marketer = await previewMail(app, content, { person: asSeen(ann, 'marketer'), marketing: true });
	expect(marketer.text).toContain('May 1 10:00');
	await database.pool.query(
		`update attributes set tag = 'sensitive', sensitive_kind = 'reproductive' where key = 'visit'`
	);
	const covered = await previewMail(app, content, { person: asSeen(ann, 'marketer'), marketing: true });
	expect(covered.text).not.toContain('May 1');
	await database.pool.query(`update attributes set tag = 'phi', sensitive_kind = null where key = 'visit'`);
});

it('somebody who is not there is said to be unknown', async () => {
	await expect(
		previewMail(app, content, { person: asSeen(999_999), marketing: false })
	).rejects.toMatchObject({
		problem: { code: 'contact.unknown' }
	});
});

it('a test goes to the one who is signed in, marked as a test, by way of the catcher', async () => {
	const catcher = await startCatcher(app);
	const sent = await sendTest({ ...app, catcherPort: catcher.port }, 1, content, {
		person: asSeen(ann),
		marketing: false
	});
	await catcher.close();
	expect(sent).toEqual({ sent: true, to: 'maya@clinic.example', testMode: true, response: '250' });
	expect(await caughtHeads(database)).toMatchObject([
		{ subject: '[Test] For Ann Lee', to: ['maya@clinic.example'], message_id: null }
	]);
});

describe('a new message', () => {
	it('gets a short name from its name, and another where that is taken', async () => {
		const names = ['Visit survey', 'Visit survey', 'Visit', 'Grüße & Küsse!', '2026', '預約'];
		const slugs: string[] = [];
		for (const name of names) slugs.push((await createTemplate(database.pool, { name }, null)).slug);
		expect(slugs).toEqual(['visit-survey', 'visit-survey-2', 'visit', 'gru-e-kusse', 'message', 'message-2']);
	});

	it('can be a copy, and says where it is used', async () => {
		await createTemplate(database.pool, { name: 'Copied', copyOf: 'visit-survey' }, 1);
		const document = {
			steps: [
				{ id: 'a', kind: 'send.email', config: { template: 'copied', purpose: 'marketing' } },
				{ id: 'b', kind: 'wait.for', config: {} },
				{ id: 'c', kind: 'send.email', config: { purpose: 'treatment' } }
			]
		};
		await database.pool.query(
			`insert into journeys (slug, name, draft) values ('j', 'My journey', $1), ('k', 'Broken draft', '{"steps":7}')`,
			[document]
		);
		const copied = (await listTemplates(database.pool)).find(({ slug }) => slug === 'copied');
		expect(copied).toMatchObject({
			name: 'Copied',
			subject: 'Visit survey',
			savedBy: 'Maya',
			uses: [{ journey: 'j', journeyName: 'My journey', purpose: 'marketing', live: false }]
		});
	});
});
