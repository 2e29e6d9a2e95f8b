import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { appRouter, callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import type { AuditRecord } from '../../src/lib/server/audit/encode.ts';
import { listAuditAfter } from '../../src/lib/server/audit/find.ts';
import { verifyAudit } from '../../src/lib/server/audit/verify.ts';
import type { Role } from '../../src/lib/server/auth/permissions.ts';
import { createSession, findSession, type Session } from '../../src/lib/server/auth/session.ts';
import { createOwner } from '../../src/lib/server/auth/owner.ts';
import { ingestOf } from '../../src/lib/server/ingest/ingest.ts';
import { Authenticator } from '../support/authenticator.ts';
import { exportLines } from '../support/audit-log.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../support/database.ts';
import { draw } from '../support/journey.ts';
import { openFailure, openHeld, openQuestion } from '../support/open-tasks.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { addContact } from '../support/people.ts';
import { addMember } from '../support/team.ts';
import { totpCode } from '../support/totp-code.ts';

let database: TestDatabase;
let app: App;
let folder: string;
let server: MailServer & { port: number; close(): Promise<unknown> };
let api: ReturnType<typeof callerFor>;
let ownerId: number;
let session: Session;
/** The same person in another role. */
let annAs: (role: Role) => ReturnType<typeof callerFor>;
const clock = new SetClock('2026-03-02T15:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	folder = mkdtempSync(join(tmpdir(), 'stepwell-writes-'));
	app = testApp(database.pool, clock, { dataFolder: folder });
	server = await startMailServer(app);
	const owner = { name: 'Ann Owner', email: 'ann@clinic.example', password: 'four words in a row' };
	const id = await createOwner(app, owner);
	ownerId = id;
	annAs = (role) =>
		callerFor({
			app,
			actor: { kind: 'user', id, name: owner.name, role, provedAt: Infinity },
			session,
			call: { ip: '192.0.2.7', requestId: 'r-7' }
		});
});
beforeEach(async () => {
	session = await sessionFor(ownerId);
	api = annAs('owner');
});
afterAll(async () => {
	await ingestOf(app).close();
	await server.close();
	rmSync(folder, { recursive: true });
	await database.drop();
});

/** A session of its own for a call: each one that shows a factor gives it another id. */
async function sessionFor(userId: number): Promise<Session> {
	const begin = { userId, way: 'password', proved: true, place: { ip: null } } as const;
	const session = await findSession(app.pool, await createSession(app.pool, begin, clock.now()), clock.now());
	if (!session) throw new Error('There is no session.');
	return session;
}

/** Sets up an authenticator app, in a quarter of an hour of its own; gives its key. */
async function authenticator(): Promise<string> {
	await app.pool.query('delete from totp');
	const { key } = await api.account.beginAuthenticator();
	await api.account.confirmAuthenticator({ code: totpCode(key, clock.now() - 30_000) });
	return key;
}

async function passkey(): Promise<string> {
	const device = new Authenticator(app.publicUrl);
	const made = device.create(await api.account.beginPasskey());
	await api.account.addPasskey({ ...made, name: 'Laptop' });
	return device.id;
}

const content = { subject: 'Hello', preheader: '', blocks: [{ kind: 'text', text: 'Hello.' }] };
const document = (name: string) => ({
	...draw({ in: ['trigger.transactional', { event: 'visit.completed' }], out: ['exit', {}] }, ['in -> out']),
	name
});
const mailServer = () => ({
	host: '127.0.0.1',
	port: server.port,
	security: 'auto' as const,
	fromAddress: 'care@clinic.example'
});
const identityProvider = {
	kind: 'oidc' as const,
	name: 'Clinic login',
	domains: ['clinic.example'],
	enforced: false,
	enabled: true,
	secret: 'a secret',
	config: {
		issuer: 'https://idp.example',
		clientId: 'stepwell',
		scopes: 'email profile',
		groupsClaim: '',
		trustsAddresses: false,
		groups: [],
		defaultRole: 'marketer' as const
	}
};
const definition = { label: 'Plan', type: 'text' as const, tag: 'phi' as const, sensitiveKind: null };

async function published(name: string): Promise<string> {
	const { slug } = await api.journeys.create({ name, document: document(name) });
	await api.journeys.publish({ slug });
	return slug;
}
const patient = (id: string) =>
	addContact(database, { id, name: 'Jane Roe', email: `${id}@patients.example` });

const restrict = (id: number) =>
	api.contacts.rights.restrict({ id, kind: 'marketing', words: 'Jane Roe wants none.' });

/** A session of Ann’s; gives its id. */
async function begin(): Promise<string> {
	const { rows } = await database.pool.query<{ id: number }>(`select id from users where role = 'owner'`);
	const session = { userId: rows[0]?.id ?? 0, way: 'password', proved: true, place: { ip: null } } as const;
	return (await createSession(database.pool, session, clock.now())).split('.')[0] ?? '';
}

/** How each procedure that writes is called so that it does; what a call needs is made first, and not looked at. */
const calls: Record<string, () => Promise<() => Promise<unknown>>> = {
	'access.save': async () => () => api.access.save({ idleMinutes: 10, requireSecondFactor: false }),
	'account.addPasskey': async () => {
		const made = new Authenticator(app.publicUrl).create(await api.account.beginPasskey());
		return () => api.account.addPasskey({ ...made, name: 'Phone' });
	},
	'account.changePassword': async () => () =>
		api.account.changePassword({ old: 'four words in a row', password: 'five words in a long row' }),
	'account.confirmAuthenticator': async () => {
		await app.pool.query('delete from totp');
		const { key } = await api.account.beginAuthenticator();
		return () => api.account.confirmAuthenticator({ code: totpCode(key, clock.now()) });
	},
	'account.removeAuthenticator': async () => {
		await passkey();
		await authenticator();
		return () => api.account.removeAuthenticator();
	},
	'account.removePasskey': async () => {
		await authenticator();
		const id = await passkey();
		return () => api.account.removePasskey({ id });
	},
	'account.renamePasskey': async () => {
		const id = await passkey();
		return () => api.account.renamePasskey({ id, name: 'Old laptop' });
	},
	'account.renewRecoveryCodes': async () => {
		await authenticator();
		return () => api.account.renewRecoveryCodes();
	},
	'account.stepUp': async () => {
		const key = await authenticator();
		session = await sessionFor(ownerId);
		api = annAs('owner');
		return () => api.account.stepUp({ kind: 'totp', code: totpCode(key, clock.now()) });
	},
	'attributes.change': async () => {
		await api.attributes.define({ key: 'planA', ...definition });
		return () => api.attributes.change({ key: 'planA', ...definition, label: 'The plan' });
	},
	'attributes.define': async () => () => api.attributes.define({ key: 'planB', ...definition }),
	'audit.export': async () => () => api.audit.export({ format: 'csv' }),
	'contacts.create': async () => () => api.contacts.create({ name: 'John Doe' }),
	'contacts.enrol': async () => {
		const id = await patient('enrolled');
		const byHand = draw({ in: ['trigger.manual', {}], out: ['exit', {}] }, ['in -> out']);
		const { slug } = await api.journeys.create({ name: 'By hand', document: { ...byHand, name: 'By hand' } });
		await api.journeys.publish({ slug });
		return () => api.contacts.enrol({ id, journey: slug, request: randomUUID() });
	},
	'contacts.rights.disclose': async () => {
		const id = await patient('told');
		return () =>
			api.contacts.rights.disclose({
				id,
				at: '2026-03-01T12:00:00Z',
				toWhom: 'Doctor Roe',
				what: 'The results',
				purpose: 'court'
			});
	},
	'contacts.rights.endRestriction': async () => {
		const id = await patient('restricted');
		const { restriction } = await restrict(id);
		return () => api.contacts.rights.endRestriction({ id, restriction });
	},
	'contacts.rights.erase': async () => {
		const id = await patient('erased');
		return () => api.contacts.rights.erase({ id, reason: 'requested', words: 'Jane Roe wrote to us.' });
	},
	'contacts.rights.export': async () => {
		const id = await patient('exported');
		return () => api.contacts.rights.export({ id });
	},
	'contacts.rights.liftHold': async () => {
		const id = await patient('held');
		const { hold } = await api.contacts.rights.placeHold({ id, words: 'A law suit.' });
		return () => api.contacts.rights.liftHold({ id, hold });
	},
	'contacts.rights.placeHold': async () => {
		const id = await patient('holding');
		return () => api.contacts.rights.placeHold({ id, words: 'Jane Roe sues us.' });
	},
	'contacts.rights.restrict': async () => {
		const id = await patient('restricting');
		return () => restrict(id);
	},
	'contacts.show': async () => {
		const id = await patient('shown');
		return () => api.contacts.show({ id, reason: { code: 'support', words: 'She called about it.' } });
	},
	'contacts.update': async () => {
		const id = await patient('updated');
		const { revision } = await api.contacts.get({ id });
		return () => api.contacts.update({ id, revision, name: 'Jane Doe' });
	},
	'emergency.begin': async () => {
		await database.pool.query('truncate emergencies');
		return () => annAs('manager').emergency.begin({ words: 'Jane Roe collapsed just now.' });
	},
	'emergency.end': async () => {
		await database.pool.query('truncate emergencies');
		await annAs('manager').emergency.begin({ words: 'Jane Roe collapsed just now.' });
		return () => api.emergency.end();
	},
	'emergency.review': async () => {
		const other = await addMember(app, 'Olga', 'operator');
		const { rows } = await database.pool.query<{ id: number }>(
			'insert into emergencies (user_id, began_at, ends_at) values ($1, $2, $2) returning id',
			[other.id, new Date(clock.now())]
		);
		return () => api.emergency.review({ id: rows[0]?.id ?? 0 });
	},
	'ingest.events': async () => () =>
		api.ingest.events({ name: 'visit.completed', contact: { id: 'new', email: 'new@patients.example' } }),
	'journeys.create': async () => () => api.journeys.create({ name: 'Made' }),
	'journeys.archive': async () => {
		const slug = await published('Archived');
		return () => api.journeys.archive({ slug });
	},
	'journeys.pause': async () => {
		const slug = await published('Paused');
		return () => api.journeys.pause({ slug });
	},
	'journeys.publish': async () => {
		const { slug } = await api.journeys.create({ name: 'Published', document: document('Published') });
		return () => api.journeys.publish({ slug });
	},
	'journeys.resume': async () => {
		const slug = await published('Resumed');
		await api.journeys.pause({ slug });
		return () => api.journeys.resume({ slug });
	},
	'journeys.saveDraft': async () => {
		const { slug, revision } = await api.journeys.create({ name: 'Saved' });
		const { draft } = await api.journeys.get({ slug });
		return () => api.journeys.saveDraft({ slug, revision, document: draft });
	},
	'keys.create': async () => () => api.keys.create({ name: 'Lab' }),
	'keys.revoke': async () => {
		const { id } = await api.keys.create({ name: 'Old lab' });
		return () => api.keys.revoke({ id });
	},
	'members.changeRole': async () => {
		const { id } = await addMember(app, 'Rita', 'marketer');
		return () => api.members.changeRole({ id, role: 'manager' });
	},
	'members.deactivate': async () => {
		const { id } = await addMember(app, 'Dora', 'marketer');
		return () => api.members.deactivate({ id });
	},
	'members.invite': async () => () => api.members.invite({ email: 'ivy@clinic.example', role: 'marketer' }),
	'members.reactivate': async () => {
		const { id } = await addMember(app, 'Remy', 'marketer');
		await api.members.deactivate({ id });
		return () => api.members.reactivate({ id });
	},
	'members.revokeInvitation': async () => {
		const { id } = await api.members.invite({ email: 'otto@clinic.example', role: 'operator' });
		return () => api.members.revokeInvitation({ id });
	},
	'notifications.save': async () => () => api.notifications.save({ task: false }),
	'operations.retry': async () => {
		const enrollment = await openFailure(app, api, await patient('stopped'));
		return () => api.operations.retry({ enrollment });
	},
	'operations.retryAside': async () => {
		const contact = await patient('aside');
		const { rows } = await app.pool.query<{ id: number }>(
			`with told as (insert into events (contact_id, name, properties, occurred_at, received_at, source)
				values ($1, 'lab.ready', '{}', now(), now(), 'test') returning id, received_at)
			insert into set_aside (kind, contact_id, event_id, received_at, reason, at, tries)
			select 'event', $1, id, received_at, 'person-unreadable', now(), 1 from told returning id`,
			[contact]
		);
		return () => api.operations.retryAside({ id: rows[0]?.id ?? 0 });
	},
	'operations.retryJobs': async () => {
		const { rows } = await app.pool.query<{ id: number }>(
			`select j.id from graphile_worker.add_job('plan') a, graphile_worker.permanently_fail_jobs(array[a.id]) j`
		);
		return () => api.operations.retryJobs({ ids: rows.map(({ id }) => id) });
	},
	'sessions.revoke': async () => {
		const id = await begin();
		return () => api.sessions.revoke({ id });
	},
	'sessions.revokeOthers': async () => {
		await begin();
		return () => api.sessions.revokeOthers();
	},
	'settings.checkMail': async () => () => api.settings.checkMail(mailServer()),
	'settings.removeMail': async () => () => api.settings.removeMail(),
	'settings.saveMail': async () => () => api.settings.saveMail(mailServer()),
	'settings.saveBreaker': async () => () =>
		api.settings.saveBreaker({ bounces: 5, complaints: 0.1, unsubscribes: 2, freePerDay: 5000 }),
	'settings.saveWorkspace': async () => () =>
		api.settings.saveWorkspace({ name: 'Harbor', timezone: 'UTC', postalAddress: '' }),
	'sso.create': async () => () => api.sso.create(identityProvider),
	'sso.remove': async () => {
		const { id } = await api.sso.create(identityProvider);
		return () => api.sso.remove({ id });
	},
	'sso.save': async () => {
		const { id } = await api.sso.create(identityProvider);
		return () => api.sso.save({ id, connection: identityProvider });
	},
	'tasks.answer': async () => {
		const id = await openQuestion(app, api, await patient('answered'));
		return () => api.tasks.answer({ id, answer: 'approved' });
	},
	'tasks.assign': async () => {
		const key = String(await openQuestion(app, api, await patient('assigned')));
		return () => api.tasks.assign({ task: { kind: 'approval', key }, assignedTo: null, dueAt: null });
	},
	'tasks.end': async () => {
		const id = await openFailure(app, api, await patient('ended'));
		return () => api.tasks.end({ id });
	},
	'tasks.retry': async () => {
		const id = await openFailure(app, api, await patient('retried'));
		return () => api.tasks.retry({ id });
	},
	'tasks.settle': async () => {
		const id = await openHeld(app, api, await patient('settled'));
		return () => api.tasks.settle({ id, verdict: 'arrived' });
	},
	'tasks.show': async () => {
		const id = await openQuestion(app, api, await patient('asked'));
		return () => api.tasks.show({ id });
	},
	'templates.create': async () => () => api.templates.create({ name: 'Made' }),
	'templates.preview': async () => {
		const id = await patient('previewed');
		return () => api.templates.preview({ ...content, contact: String(id), marketing: false });
	},
	'templates.save': async () => {
		const { slug } = await api.templates.create({ name: 'Saved' });
		return () => api.templates.save({ slug, name: 'Saved', basedOn: 1, ...content });
	},
	'templates.saveText': async () => {
		const { slug } = await api.templates.create({ name: 'Texted', channel: 'text' });
		return () => api.templates.saveText({ slug, name: 'Texted', text: 'Come by.', basedOn: 1 });
	},
	'templates.testSend': async () => {
		await api.settings.saveMail(mailServer());
		const id = await patient('tested');
		return () => api.templates.testSend({ ...content, contact: String(id), marketing: false });
	}
};

/** Procedures that write and need no entry of their own, and why. */
const exceptions: Record<string, string> = {
	'sessions.here': 'it only says that somebody is there, each half minute',
	'account.beginAuthenticator': 'a key that counts for nothing until its first code comes back',
	'account.beginPasskey': 'a question to the browser, which changes nothing until it is answered',
	'account.waysToStepUp': 'the same',
	'ingest.trigger': 'as ingest.events: the intake records whom it changed, one entry for a whole commit'
};

// By path, as the router keeps them; its type tells them by room.
const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const mutations = Object.keys(procedures).filter((path) => procedures[path]?._def.type === 'mutation');

async function entriesOf(work: () => Promise<unknown>): Promise<AuditRecord[]> {
	const { rows } = await app.pool.query<{ end: number | null }>('select max(id) as end from audit_log');
	await work();
	return listAuditAfter(app.pool, rows[0]?.end ?? 0, 100);
}

test('every procedure that writes is called here, or says why not', () => {
	expect([...Object.keys(calls), ...Object.keys(exceptions)].toSorted()).toEqual(mutations.toSorted());
});

test.each(Object.keys(calls))('%s writes an entry: who, what, when, from where', async (path) => {
	const call = await calls[path]?.();
	if (!call) throw new Error('There is no such call.');
	const [entry, ...more] = await entriesOf(call);
	expect(more).toEqual([]);
	expect(entry).toMatchObject({ actorKind: 'user', at: '2026-03-02T15:00:00.000000Z' });
	// The intake commits many requests at once.
	if (path !== 'ingest.events')
		expect(entry).toMatchObject({ actorName: 'Ann Owner', ip: '192.0.2.7', requestId: 'r-7' });
	expect(JSON.stringify({ ...entry, actorName: null })).not.toMatch(/Jane|Roe|Doe|@|She called/);
});

test.each<[string, () => Promise<unknown>]>([
	['a publication that is refused', async () => api.journeys.publish({ slug: 'made' })],
	[
		'a draft that is stale',
		async () => api.journeys.saveDraft({ slug: 'saved', revision: 0, document: document('x') })
	],
	['a key that is unknown', () => api.keys.revoke({ id: 'nokey' })],
	['a mail server that refuses', () => api.settings.saveMail({ ...mailServer(), port: 1 })],
	['a journey that is not live', () => api.journeys.pause({ slug: 'made' })]
])('%s leaves no entry', async (_, call) => {
	expect(await entriesOf(() => expect(call()).rejects.toThrow())).toEqual([]);
});

test('a draft that saves itself every second leaves one entry an hour', async () => {
	const made = await api.journeys.create({ name: 'Typed' });
	let { revision } = made;
	const save = async () => {
		({ revision } = await api.journeys.saveDraft({ slug: made.slug, revision, document: document('Typed') }));
	};
	const seconds = await entriesOf(async () => {
		for (let second = 0; second < 5; second++, clock.advance(1000)) await save();
	});
	expect(seconds).toMatchObject([
		{ action: 'journey.edit', subjectIds: [made.slug], details: { revision: 2 } }
	]);
	clock.advance(60 * 60_000);
	expect(await entriesOf(save)).toHaveLength(1);
	const other = callerFor({
		app,
		actor: { kind: 'user', id: 1, name: 'Bob', role: 'owner' },
		call: { ip: null, requestId: null }
	});
	const two = await api.journeys.create({ name: 'Another' });
	expect(
		await entriesOf(() =>
			other.journeys.saveDraft({ slug: two.slug, revision: two.revision, document: document('Another') })
		)
	).toHaveLength(1);
});

test('all of it is one chain', async () => {
	expect(await verifyAudit(await exportLines(app.pool))).toHaveProperty('verified');
});
