import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import type { App } from '../app.ts';
import { startCatcher } from './catcher.ts';
import { createTemplate } from './create-template.ts';
import { previewMail } from './preview.ts';
import { sendTest } from './send-test.ts';
import { listTemplates } from './template-list.ts';

let database: TestDatabase;
let app: App;
beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool);
	const { pool } = database;
	await pool.query(
		`insert into settings values ('workspace', '{"name":"Riverside Clinic","timezone":"America/Chicago"}')`
	);
	await pool.query(
		`insert into attributes (key, label, type, phi) values ('visit', 'Next visit', 'datetime', true), ('doctor', 'Their doctor', 'text', false)`
	);
	await pool.query(
		`insert into contacts (public_id, name, email, attributes) values ('ann', 'Ann Lee', 'ann@example.test', '{"visit":"2026-05-01T15:00:00Z"}')`
	);
	await pool.query(
		`insert into users (email, name, password_hash, role) values ('maya@clinic.example', 'Maya', 'x', 'owner')`
	);
});
afterAll(() => database.drop());

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
	const mail = await previewMail(app, content, { contact: 'ann', marketing: true });
	expect(mail.text).toContain('May 1 10:00 / us / ');
	expect(mail.html).toContain('/u/preview');
	expect(mail.html).not.toContain('/t/');
});

it('somebody who is not there is said to be unknown', async () => {
	await expect(previewMail(app, content, { contact: 'bob', marketing: false })).rejects.toMatchObject({
		problem: { code: 'contact.unknown' }
	});
});

it('a test goes to the one who is signed in, marked as a test, by way of the catcher', async () => {
	const catcher = await startCatcher(database.pool, app.clock);
	const sent = await sendTest({ ...app, catcherPort: catcher.port }, 1, content, {
		contact: 'ann',
		marketing: false
	});
	await catcher.close();
	expect(sent).toEqual({ sent: true, to: 'maya@clinic.example', testMode: true, response: '250' });
	const { rows } = await database.pool.query('select subject, envelope_to, message_id from caught_mails');
	expect(rows).toEqual([
		{ subject: '[Test] For Ann Lee', envelope_to: ['maya@clinic.example'], message_id: null }
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
