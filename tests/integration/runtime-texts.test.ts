/** Text messages: the same outbox and gate as mail, by the phone's number; caught while nothing leaves. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { unsubscribe } from '../../src/lib/server/consent/unsubscribe.ts';
import { getCaughtMail, listCaughtMails } from '../../src/lib/server/mail/caught-mail.ts';
import { saveTemplate } from '../../src/lib/server/mail/templates.ts';
import { getTextTemplate, saveTextTemplate } from '../../src/lib/server/mail/text-templates.ts';
import { addRestriction, type RestrictionKind } from '../../src/lib/server/people/restrictions.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw } from '../support/journey.ts';
import { startMailServer } from '../support/mail-server.ts';

const CANARY = 'canary-of-a-visit';

let clinic: Clinic;
const sending = (event: string, config: object) =>
	draw(
		{
			in: ['trigger.transactional', { event }],
			text: ['send.text', config],
			sent: ['exit', { reason: 'sent' }],
			blocked: ['exit', { reason: 'blocked' }],
			failed: ['exit', { reason: 'failed' }]
		},
		['in -> text', 'text -> sent', 'text.blocked -> blocked', 'text.failed -> failed'],
		{ reentry: { when: 'always' } }
	);

beforeAll(async () => {
	clinic = await Clinic.open();
	const texts = {
		reminder: 'Hi {{ contact.firstName }}, see you {{ trigger.when }}.',
		offer: 'Flu shots today.'
	};
	for (const [slug, text] of Object.entries(texts))
		await saveTextTemplate(clinic.pool, { slug, name: slug, text }, null);
	await clinic.publish('remind', sending('remind', { template: 'reminder', purpose: 'treatment' }));
	await clinic.publish('offers', sending('offers', { template: 'offer', purpose: 'marketing' }));
});
afterAll(() => clinic.close());
afterEach(() => expectOneStory(clinic.pool));

async function enter(person: string, journey: string, more = {}): Promise<void> {
	await clinic.contacts({
		id: person,
		name: 'Ann Example',
		phone: '+12025550123',
		attributes: { firstName: 'Ann' },
		...more
	});
	await clinic.tell(person, journey, { properties: { when: CANARY } });
	await clinic.settle();
}

const messageOf = (person: string) =>
	clinic.one<{ channel: string; state: string; reason: string | null }>(
		'select channel, state, reason from messages where contact_id = $1 order by id desc limit 1',
		[clinic.idOf(person)]
	);

const marketing = () => [{ kind: 'marketing' as const, grantedAt: clinic.clock.now() - DAY }];

test('a text is merged, caught and counted as sent, and shown as the phone would show it', async () => {
	await enter('ann', 'remind');
	expect(await messageOf('ann')).toEqual({ channel: 'text', state: 'sent', reason: null });
	expect(await clinic.states('ann')).toEqual({ 'exited sent': 1 });
	const { mails } = await listCaughtMails(clinic.app, {});
	expect(mails).toMatchObject([
		{ channel: 'text', to: '+12025550123', contactId: clinic.idOf('ann'), journey: { slug: 'remind' } }
	]);
	expect(await getCaughtMail(clinic.app, mails[0]?.id ?? 0)).toMatchObject({
		html: null,
		text: `Hi Ann, see you ${CANARY}.`,
		sender: 'Test clinic'
	});
	expect(await clinic.counts('sent')).toEqual({ 'text sent': 1 });
});

test('without a phone nothing is sent, whatever the email', async () => {
	await enter('bob', 'remind', { phone: null, email: 'bob@example.test' });
	expect(await messageOf('bob')).toEqual({ channel: 'text', state: 'blocked', reason: 'no-address' });
	expect(await clinic.states('bob')).toEqual({ 'exited blocked': 1 });
});

test('marketing needs an authorization, says how to stop it, and stops for good', async () => {
	await enter('cat', 'offers');
	expect(await messageOf('cat')).toMatchObject({ state: 'blocked', reason: 'no-authorization' });
	await enter('dan', 'offers', { consents: marketing() });
	expect(await messageOf('dan')).toMatchObject({ state: 'sent' });
	const { mails } = await listCaughtMails(clinic.app, {});
	const caught = await getCaughtMail(clinic.app, mails[0]?.id ?? 0);
	expect(caught.text).toMatch(/^Flu shots today\.\nNo more offers: http:\/\/localhost:4780\/u\/\S+$/);
	const { id } = await clinic.one<{ id: number }>('select max(id) as id from messages');
	await unsubscribe(clinic.app, id);
	await clinic.tell('dan', 'offers');
	await clinic.settle();
	expect(await messageOf('dan')).toMatchObject({ state: 'blocked', reason: 'authorization-revoked' });
});

test('what was agreed about texts holds for texts alone, and the other way round', async () => {
	const agree = (person: string, kind: RestrictionKind) =>
		inTransaction(clinic.pool, (tx) =>
			addRestriction(
				tx,
				clinic.app.vault,
				{ contactId: clinic.idOf(person), kind, by: null, words: 'asked', email: null, phone: null },
				clinic.clock.now()
			)
		);
	await enter('eve', 'remind');
	await agree('eve', 'text');
	await enter('fay', 'remind');
	await agree('fay', 'email');
	for (const person of ['eve', 'fay']) await clinic.tell(person, 'remind');
	await clinic.settle();
	expect(await messageOf('eve')).toMatchObject({ state: 'blocked', reason: 'suppressed' });
	expect(await messageOf('fay')).toMatchObject({ state: 'sent' });
});

test('nothing about the person stands readable anywhere', async () => {
	const tables = await clinic.rows<{ name: string }>(
		`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
		 where schemaname in ('public', 'graphile_worker')`
	);
	for (const { name } of tables)
		for (const word of [CANARY, '2025550123'])
			expect(await clinic.count(`${name} t where t::text like $1`, [`%${word}%`]), name).toBe(0);
});

test('an email and a text never take each other’s name', async () => {
	await expect(
		saveTextTemplate(clinic.pool, { slug: 'hello', name: 'Hello', text: 'Hi' }, null)
	).rejects.toMatchObject({ problem: { code: 'conflict' } });
	const blocks = [{ kind: 'text' as const, text: 'Hi' }];
	await expect(
		saveTemplate(clinic.pool, { slug: 'offer', name: 'Offer', subject: 'Offer', blocks }, null)
	).rejects.toMatchObject({ problem: { code: 'conflict' } });
	expect(await getTextTemplate(clinic.pool, 'offer')).toMatchObject({ text: 'Flu shots today.', number: 1 });
});

test('once mail leaves, a text has no service to go to: publishing says so, and one under way fails', async () => {
	await clinic.contacts({ id: 'gil', phone: '+12025550124' });
	await clinic.tell('gil', 'remind');
	await clinic.route();
	await clinic.pump();
	const server = await startMailServer(clinic.app);
	await clinic.settle();
	expect(await messageOf('gil')).toMatchObject({ state: 'failed', reason: 'no-text-service' });
	expect(await clinic.states('gil')).toEqual({ 'exited failed': 1 });
	await expect(
		clinic.publish('later', sending('later', { template: 'reminder', purpose: 'treatment' }))
	).rejects.toMatchObject({
		problem: { code: 'publish.refused', problems: [{ code: 'engine.not-yet', step: 'text' }] }
	});
	await server.close();
});
