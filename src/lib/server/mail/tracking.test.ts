import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { addContact, allEvents, caughtHeads, emailMark } from '../../../../tests/support/people.ts';
import { provideApp, type App } from '../app.ts';
import { startCatcher } from './catcher.ts';
import { makeLinkToken, type LinkKind } from './link-token.ts';
import { judgeEngagement } from './machine.ts';
import { mailRoutes } from './mail-routes.ts';
import { getTemplate, listTemplateSummaries, saveTemplate } from './templates.ts';
import { openTransport } from './transport.ts';

const human =
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15';

describe('who opened it', () => {
	const signs = { method: 'GET', userAgent: human, sinceHandOverMs: 60_000, linksInBurst: 0 };
	it.each([
		['a browser', human, false],
		['Outlook', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; Microsoft Outlook 16.0.17328)', false],
		[
			'an iPhone',
			'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
			false
		],
		[
			'Gmail’s picture proxy, when a person opens',
			'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
			false
		],
		[
			'Yahoo’s picture proxy',
			'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
			false
		],
		['Apple’s privacy proxy', 'Mozilla/5.0', true],
		['Barracuda', 'BarracudaCentral/1.0 (Barracuda Sentinel; bot)', true],
		['a script', 'python-requests/2.31.0', true],
		['curl', 'curl/8.5.0', true]
	])('%s', (_, userAgent, machine) => {
		expect(judgeEngagement({ ...signs, userAgent }).machine).toBe(machine);
	});

	it('a HEAD is a machine, and so is the third link within two seconds', () => {
		expect(judgeEngagement({ ...signs, method: 'HEAD' }).machine).toBe(true);
		expect(judgeEngagement({ ...signs, linksInBurst: 3 }).machine).toBe(true);
		expect(judgeEngagement({ ...signs, linksInBurst: 2 }).machine).toBe(false);
	});

	it('quick alone is no machine, quick without a name is', () => {
		expect(judgeEngagement({ ...signs, sinceHandOverMs: 500 }).machine).toBe(false);
		expect(judgeEngagement({ ...signs, sinceHandOverMs: 500, userAgent: '' }).machine).toBe(true);
		expect(judgeEngagement({ ...signs, sinceHandOverMs: null, userAgent: '' }).machine).toBe(false);
	});
});

describe('with a database', () => {
	const clock = new SetClock('2026-03-02T03:30:00Z');
	let database: TestDatabase;
	let app: App;
	let version: { templateId: number; versionId: number; number: number };

	beforeAll(async () => {
		database = await cloneDatabase();
		app = testApp(database.pool, clock);
		provideApp(app);
		version = await saveTemplate(
			database.pool,
			{
				slug: 'survey',
				name: 'Survey',
				subject: 'Hi {{ contact.firstName }}',
				blocks: [
					{ kind: 'text', text: '[a](https://a.example/) [b](https://b.example/) [c](https://c.example/)' },
					{ kind: 'button', label: 'Go', url: 'https://d.example/x?y=1' }
				]
			},
			null
		);
		const { pool } = database;
		await pool.query(`insert into journeys (slug, name, draft) values ('follow-up', 'Follow-up', '{}')`);
		await pool.query(
			`insert into journey_versions (journey_id, number, document, plan) values (1, 1, '{}', '{"settings":{"timezone":"America/New_York"}}')`
		);
	});
	afterAll(() => database.drop());

	let messageId = 0;
	let contactId = 0;
	beforeEach(async () => {
		clock.set('2026-03-02T03:30:00Z');
		const { pool } = database;
		await pool.query(
			'truncate engagements, step_counts, events, event_queue, suppressions, messages, contacts cascade'
		);
		contactId = await addContact(database, { id: 'ann', email: 'Ann@Example.test' });
		const message = await pool.query<{ id: number }>(
			`insert into messages (enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, visit_at, state, decided_at)
			 values (1, 1, 'survey', 1, $1, $2, 'marketing', true, '2026-03-01T02:00:00Z', 'sent', '2026-03-02T03:00:00Z') returning id`,
			[contactId, version.versionId]
		);
		messageId = message.rows[0]?.id ?? 0;
	});

	const token = (kind: LinkKind, link = 0) => makeLinkToken(app.secret, { messageId, kind, link });
	async function ask(path: string, init: RequestInit = {}, userAgent = human) {
		const headers = { ...init.headers, 'user-agent': userAgent };
		const response = await mailRoutes(new Request(`http://localhost${path}`, { ...init, headers }));
		if (!response) throw new Error('It is not for this route.');
		return response;
	}
	const open = (userAgent?: string, init?: RequestInit) => ask(`/t/o/${token('open')}.gif`, init, userAgent);
	const click = (link: number, userAgent?: string, init?: RequestInit) =>
		ask(`/t/c/${token('click', link)}`, init, userAgent);

	async function counts(): Promise<Record<string, number>> {
		const { rows } = await database.pool.query<{ day: string; measure: string; count: number }>(
			'select day, measure, sum(count) as count from step_counts group by 1, 2 having sum(count) <> 0'
		);
		return Object.fromEntries(rows.map((row) => [`${row.day} ${row.measure}`, Number(row.count)]));
	}
	async function eventsOf() {
		const events = await allEvents(database);
		return events.map(({ name, properties, contactId: contact_id }) => ({ name, properties, contact_id }));
	}

	it('an open gives the pixel, and counts once, on the day of the visit in the journey’s zone', async () => {
		const response = await open();
		expect(response.headers.get('content-type')).toBe('image/gif');
		expect(response.headers.get('cache-control')).toBe('no-store');
		await open();
		expect(await counts()).toEqual({ '2026-02-28 opened': 1, '2026-02-28 engaged': 1 });
		expect(await eventsOf()).toEqual(
			Array(2).fill({
				name: 'email.opened',
				contact_id: contactId,
				properties: { step: 'survey', journey: 'follow-up' }
			})
		);
	});

	it('a click goes to the address that the database has, whatever the link says', async () => {
		const response = await ask(`/t/c/${token('click', 3)}?url=https://evil.example`);
		expect(response.status).toBe(302);
		expect(response.headers.get('location')).toBe('https://d.example/x?y=1');
		expect(response.headers.get('referrer-policy')).toBe('no-referrer');
		expect(await counts()).toEqual({ '2026-02-28 clicked': 1, '2026-02-28 engaged': 1 });
		expect(await eventsOf()).toMatchObject([
			{ name: 'email.clicked', properties: { link: 'https://d.example/x?y=1' } }
		]);
	});

	it('open and click are one engaged', async () => {
		await open();
		await click(0);
		expect(await counts()).toEqual({
			'2026-02-28 opened': 1,
			'2026-02-28 clicked': 1,
			'2026-02-28 engaged': 1
		});
	});

	it('a machine’s open is counted apart and opens nothing', async () => {
		await open('Mozilla/5.0');
		expect(await counts()).toEqual({ '2026-02-28 machine': 1 });
		expect(await eventsOf()).toMatchObject([{ name: 'email.opened', properties: { machine: true } }]);
		const { rows } = await database.pool.query('select opened_at, machine_at from messages');
		expect(rows).toEqual([{ opened_at: null, machine_at: new Date(clock.now()) }]);
	});

	it('a HEAD sends no body and is a machine’s', async () => {
		const response = await open(human, { method: 'HEAD' });
		expect(await response.text()).toBe('');
		expect((await click(0, human, { method: 'HEAD' })).status).toBe(302);
		expect(await counts()).toEqual({ '2026-02-28 machine': 1 });
	});

	it('a scanner that clicks every link at once is a machine from its first click on', async () => {
		await click(0);
		clock.advance(500);
		await click(1);
		clock.advance(500);
		await click(2);
		expect(await counts()).toEqual({ '2026-02-28 machine': 1 });
		clock.advance(40_000);
		await click(3);
		expect(await counts()).toEqual({
			'2026-02-28 machine': 1,
			'2026-02-28 clicked': 1,
			'2026-02-28 engaged': 1
		});
	});

	it('an endless click keeps 200 rows and still leads on', async () => {
		await database.pool.query(
			`insert into engagements (message_id, kind, link, at, machine) select $1, 'click', 0, now(), true from generate_series(1, 200)`,
			[messageId]
		);
		expect((await click(0)).status).toBe(302);
		const { rows } = await database.pool.query<{ n: number }>('select count(*) as n from engagements');
		expect(rows[0]?.n).toBe(200);
	});

	it.each([
		['a forged token', () => ask(`/t/c/${token('click').slice(0, -3)}AAA`)],
		['another kind’s token', () => ask(`/t/c/${token('open')}`)],
		['a link that the message does not have', () => ask(`/t/c/${token('click', 9)}`)],
		['an unknown path', () => ask('/t/x')],
		['an unsubscribe by an open’s token', () => ask(`/u/${token('open')}`, { method: 'POST' })],
		['an unsubscribe by a forged token', () => ask('/u/abcd.AAAAAAAAAAAAAAAAAAAAAA', { method: 'POST' })],
		[
			'a message that is gone',
			() =>
				ask(`/u/${makeLinkToken(app.secret, { messageId: 999_999, kind: 'unsubscribe', link: 0 })}`, {
					method: 'POST'
				})
		]
	])('%s is 404 and changes nothing', async (_, request) => {
		expect((await request()).status).toBe(404);
		expect(await counts()).toEqual({});
		expect((await database.pool.query('select from suppressions')).rowCount).toBe(0);
	});

	describe('unsubscribing', () => {
		const oneClick = {
			method: 'POST',
			body: 'List-Unsubscribe=One-Click',
			headers: { 'content-type': 'application/x-www-form-urlencoded' }
		};

		it('takes one click, without cookie and Origin, and is the same the second time', async () => {
			for (let n = 0; n < 2; n++) {
				const response = await ask(`/u/${token('unsubscribe')}`, oneClick);
				expect(response.status).toBe(200);
				expect(response.headers.has('location')).toBe(false);
			}
			const { rows } = await database.pool.query('select email_mark, scope, reason from suppressions');
			expect(rows).toEqual([
				{ email_mark: emailMark(database, 'ann@example.test'), scope: 'marketing', reason: 'unsubscribed' }
			]);
			expect(await counts()).toEqual({ '2026-02-28 unsubscribed': 1 });
			expect(await eventsOf()).toMatchObject([{ name: 'list.unsubscribed' }]);
		});

		it('goes back to the page when its button was pressed', async () => {
			const response = await ask(`/u/${token('unsubscribe')}`, { ...oneClick, body: 'from=page' });
			expect(response.status).toBe(303);
			expect(response.headers.get('location')).toBe(`/u/${token('unsubscribe')}`);
		});

		it('takes the multipart form that some mail programs send', async () => {
			const form = new FormData();
			form.set('List-Unsubscribe', 'One-Click');
			expect((await ask(`/u/${token('unsubscribe')}`, { method: 'POST', body: form })).status).toBe(200);
		});

		it('is not what a GET does: that is the page’s to answer', async () => {
			expect(await mailRoutes(new Request(`http://localhost/u/${token('unsubscribe')}`))).toBeNull();
		});
	});

	describe('templates', () => {
		const blocks = [{ kind: 'text' as const, text: 'Hello {{ contact.city }}' }];

		it('get a new version at each save, and the newest is what is listed', async () => {
			const first = await saveTemplate(
				database.pool,
				{ slug: 'news', name: 'News', subject: 'One', blocks },
				null
			);
			const second = await saveTemplate(
				database.pool,
				{ slug: 'news', name: 'Our news', subject: 'Two', blocks },
				null
			);
			expect([first.number, second.number]).toEqual([1, 2]);
			const summary = (await listTemplateSummaries(database.pool)).find(({ slug }) => slug === 'news');
			expect(summary).toEqual({
				slug: 'news',
				name: 'Our news',
				channel: 'email',
				subject: 'Two',
				text: 'Two\nHello {{ contact.city }}',
				reads: ['contact.city'],
				subjectReads: []
			});
		});

		it('are not saved over what somebody else saved meanwhile', async () => {
			await saveTemplate(database.pool, { slug: 'stale', name: 'Stale', subject: 'One', blocks }, null);
			await saveTemplate(database.pool, { slug: 'stale', name: 'Stale', subject: 'Two', blocks }, null, 1);
			await expect(
				saveTemplate(database.pool, { slug: 'stale', name: 'Stale', subject: 'Three', blocks }, null, 1)
			).rejects.toMatchObject({ problem: { code: 'draft.stale' } });
			expect(await getTemplate(database.pool, 'stale')).toMatchObject({ subject: 'Two', number: 2 });
		});

		it('that do not parse leave nothing behind', async () => {
			const broken = {
				slug: 'broken',
				name: 'Broken',
				subject: 'x',
				blocks: [{ kind: 'text' as const, text: '{{ oops' }]
			};
			await expect(saveTemplate(database.pool, broken, null)).rejects.toMatchObject({
				problem: { path: '/blocks/0/text' }
			});
			await expect(getTemplate(database.pool, 'broken')).rejects.toMatchObject({
				problem: { code: 'not-found' }
			});
		});
	});

	it('the catcher keeps a mail that the transport hands it, subject and all', async () => {
		const catcher = await startCatcher(app);
		const transport = await openTransport({ ...app, catcherPort: catcher.port });
		const result = await transport.send({
			messageId,
			to: { name: 'Ann Müller', address: 'ann@example.test' },
			fromName: 'Riverside Clinic',
			subject: 'Grüße, wie geht es Ihnen nach Ihrem Besuch bei uns in der Klinik? 🌻 – ein langer Betreff',
			html: '<p>Hello</p>',
			text: 'Hello',
			headers: {},
			security: 'auto'
		});
		transport.close();
		await catcher.close();
		expect(result.outcome).toBe('sent');
		expect(await caughtHeads(database)).toEqual([
			{
				message_id: messageId,
				caught_at: new Date(clock.now()),
				from: 'care@localhost',
				to: ['ann@example.test'],
				subject: 'Grüße, wie geht es Ihnen nach Ihrem Besuch bei uns in der Klinik? 🌻 – ein langer Betreff'
			}
		]);
	});
});
