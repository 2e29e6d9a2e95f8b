// What lower roles are answered by every procedure that is about people: values, errors, searches, files.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAs } from '../../../../../tests/support/call-as.ts';
import {
	cloneDatabase,
	SetClock,
	testApp,
	type TestDatabase
} from '../../../../../tests/support/database.ts';
import { makeCareJourney, makePatient } from '../../../../../tests/support/patient.ts';
import type { App } from '../../app.ts';
import type { Role } from '../../auth/permissions.ts';
import { ingestOf } from '../../ingest/ingest.ts';
import { appRouter } from '../router.ts';

let database: TestDatabase;
let app: App;
let id: number;
beforeAll(async () => {
	database = await cloneDatabase();
	const clock = new SetClock('2026-03-02T15:00:00Z');
	app = testApp(database.pool, clock, { dataFolder: mkdtempSync(join(tmpdir(), 'stepwell-masks-')) });
	await database.pool.query(
		`insert into users (email, name, password_hash, role) values ('maya@clinic.example', 'Maya', 'x', 'owner')`
	);
	id = await makePatient(database, await makeCareJourney(database), clock.now(), 'ann', { consents: true });
	// Each list behind a number has the patient in it.
	await database.pool.query(
		`with stopped as (
			insert into enrollments (contact_id, journey_id, version_id, state, step, reason, arrived_at, ended_at, entered_at)
			select contact_id, journey_id, version_id, 'failed', step, 'internal error', arrived_at, arrived_at, entered_at
			from enrollments where contact_id = $1 limit 1
			returning id, contact_id
		)
		insert into failures (enrollment_id, contact_id, failed_at) select id, contact_id, now() from stopped`,
		[id]
	);
	await database.pool.query(
		`update messages set opened_at = now(), clicked_at = now(), machine_at = now(), bounced_at = now(), complained_at = now(), unsubscribed_at = now()`
	);
});
afterAll(async () => {
	await ingestOf(app).close();
	rmSync(app.dataFolder, { recursive: true });
	await database.drop();
});

const about = /^(contacts|reports|templates|mail|notes|attributes|operations)\./;
const content = { subject: 'Hello {{ contact.name }}', preheader: '', blocks: [] };
const words = 'canary-words, three of them';
const attribute = { key: 'diagnosis', label: 'Diagnosis', type: 'text', tag: 'none' };

/** What each is asked with; `id` is the patient's. Several where one would not reach all that it answers. */
const inputs: Record<string, () => unknown[]> = {
	'attributes.list': () => [undefined],
	'attributes.holders': () => [undefined],
	'attributes.define': () => [attribute],
	'attributes.change': () => [attribute],
	'contacts.count': () => [undefined],
	'contacts.list': () => [{}, { search: 'Canary' }, { search: 'ann@canary.example' }, { search: 'ann' }],
	'contacts.get': () => [{ id }],
	'contacts.show': () => [{ id, reason: { code: 'other', words } }],
	'contacts.create': () => [
		{ publicId: 'ann', name: 'canary-name' },
		{ name: '', email: 'canary-no-address' }
	],
	'contacts.update': () => [{ id, revision: 0, name: 'canary-name' }],
	'contacts.rights.get': () => [{ id }],
	'contacts.rights.export': () => [{ id }],
	'contacts.rights.placeHold': () => [{ id, words }],
	'contacts.rights.liftHold': () => [{ id, hold: 1 }],
	'contacts.rights.restrict': () => [{ id, kind: 'address', words, email: 'canary-no-address' }],
	'contacts.rights.endRestriction': () => [{ id, restriction: 1 }],
	'contacts.rights.disclose': () => [{ id, at: 'canary', toWhom: 'canary-x', what: words, purpose: 'other' }],
	'contacts.enrol': () => [{ id, journey: 'care', request: '00000000-0000-4000-8000-000000000000' }],
	'contacts.rights.disclosures': () => [{ id }],
	'contacts.rights.erase': () => [{ id, reason: 'canary', words }],
	'contacts.rights.erased': () => [{ id }],
	'mail.list': () => [{}, { search: 'canary' }],
	'mail.get': () => [{ id }],
	'notes.list': () => [undefined],
	'notes.get': () => [{ id }],
	'operations.state': () => [undefined],
	'operations.failures': () => [undefined],
	'operations.failedEnrollments': () => [{ journey: 'care' }, { journey: 'canary-slug' }],
	'operations.failedJobs': () => [undefined],
	'operations.setAside': () => [undefined],
	'operations.retry': () => [{ journey: 'canary-slug' }, { enrollment: 0, journey: 'canary' }],
	'operations.retryAside': () => [{ id: 1 }, { reason: 'canary' }, { id: 'canary' }],
	'operations.retryJobs': () => [{ ids: ['canary'] }],
	'reports.overview': () => [undefined],
	'reports.report': () => [{ slug: 'care' }],
	'reports.counts': () => [{ slug: 'care' }],
	'reports.people': () => measures.map((measure) => ({ slug: 'care', measure })),
	'templates.list': () => [undefined],
	'templates.get': () => [{ slug: 'canary-slug' }],
	'templates.getText': () => [{ slug: 'canary-slug' }],
	'templates.saveText': () => [{ slug: 'canary-slug', name: 'x', text: '', basedOn: 1 }],
	'templates.create': () => [{ name: 'canary-name' }],
	'templates.save': () => [{ slug: 'canary-slug', name: 'x', basedOn: 1, ...content }],
	'templates.fields': () => [undefined],
	'templates.previewPeople': () => [{ search: '' }, { search: 'canary' }],
	'templates.preview': () => [{ ...content, contact: String(id), marketing: false }],
	'templates.testSend': () => [{ ...content, contact: String(id), marketing: false }]
};

// A number that has no list of its own yet is refused, so an unknown name here would be an answer without people.
const measures = [
	...['entered', 'left', 'left:next', 'waiting', 'dropped', 'reached', 'end'],
	...[
		'sent',
		'delivered',
		'opened',
		'clicked',
		'engaged',
		'unopened',
		'machine',
		'blocked',
		'failed',
		'unsent'
	],
	...['bounced', 'complained', 'unsubscribed', 'refused']
];

const procedures = Object.keys(appRouter._def.procedures).filter((path) => about.test(path));

test('every procedure that is about people is asked here', () => {
	expect(Object.keys(inputs).toSorted()).toEqual(procedures.toSorted());
});

async function answersTo(role: Role, path: string): Promise<{ text: string; isAnswered: boolean }[]> {
	const call = path
		.split('.')
		.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], callAs(app, role)) as (
		input: unknown
	) => Promise<unknown>;
	return Promise.all(
		(inputs[path]?.() ?? []).map((input) =>
			call(input).then(
				(answer) => ({ text: JSON.stringify(answer) ?? '', isAnswered: true }),
				(error: Error & { cause?: { problem?: unknown } }) => ({
					text: JSON.stringify([error.message, error.cause?.problem]),
					isAnswered: false
				})
			)
		)
	);
}

test.each(['manager', 'integrator', 'operator'] as const)(
	'a %s is told nothing about a patient',
	async (role) => {
		for (const path of procedures)
			for (const { text } of await answersTo(role, path))
				expect(text, `${path} as ${role}`).not.toMatch(/canary/i);
	}
);

test.each(['owner', 'marketer'] as const)(
	'a refused call of an %s does not give back what was sent',
	async (role) => {
		for (const path of procedures)
			for (const { text, isAnswered } of await answersTo(role, path))
				if (!isAnswered) expect(text, `${path} as ${role}`).not.toMatch(/canary/i);
	}
);

test('a manager sees behind every number that somebody is there, and no more of them', async () => {
	const { people } = callAs(app, 'manager').reports;
	const { rows, total } = await people({ slug: 'care', measure: 'opened' });
	expect(total).toBeDefined();
	expect(rows).toMatchObject([
		{ contactId: id, name: 'C•••• a••••', email: 'a••••@c••••.example', isHere: true }
	]);
	const marketer = await callAs(app, 'marketer').reports.people({
		slug: 'care',
		measure: 'opened'
	});
	expect(marketer.rows).toMatchObject([{ name: 'Canary ann', email: 'ann@canary.example' }]);
});

test('somebody who was deleted is told so behind the number', async () => {
	await callAs(app, 'owner').contacts.rights.erase({ id, reason: 'requested', words: 'They asked' });
	const { rows } = await callAs(app, 'owner').reports.people({
		slug: 'care',
		measure: 'opened'
	});
	expect(rows).toMatchObject([{ contactId: id, name: 'Deleted person', email: null, isHere: false }]);
});
