import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditReader, callAs } from '../../../../tests/support/call-as.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { startMailServer, type MailServer } from '../../../../tests/support/mail-server.ts';
import { addMember, type TeamMember } from '../../../../tests/support/team.ts';
import { provideApp, type App } from '../app.ts';
import { createApiKey, keysOf } from '../auth/api-keys.ts';
import { createSession, findSession } from '../auth/session.ts';
import { signIn } from '../auth/sign-in.ts';
import { inTransaction } from '../db/db.ts';
import { apiRoutes } from '../http/api-routes.ts';
import { startCatcher } from '../mail/catcher.ts';
import { getCaughtMail } from '../mail/caught-mail.ts';
import { INVITATION_MS } from './invite.ts';
import { findInvitation, join } from './join.ts';
import { lockTeam, mustLeaveOwner } from './team.ts';

let database: TestDatabase;
let app: App;
let catcher: Awaited<ReturnType<typeof startCatcher>>;
let clock: SetClock;
let ann: TeamMember;
const from = { ip: '192.0.2.9', requestId: 'r' };
const ivy = { name: 'Ivy', password: 'four words in a row' };

beforeAll(async () => {
	database = await cloneDatabase();
	catcher = await startCatcher({ pool: database.pool, vault: database.vault, clock: new SetClock(0) });
});
afterAll(async () => {
	await catcher.close();
	await database.drop();
});
beforeEach(async () => {
	await database.pool.query('truncate users, sessions, invitations, api_keys, caught_mails cascade');
	clock = new SetClock('2026-03-02T15:00:00Z');
	app = testApp(database.pool, clock, { catcherPort: catcher.port });
	ann = await addMember(app, 'Ann', 'owner');
});

const tokenIn = (link: string) => link.split('#')[1] ?? '';
const inviteIvy = () => ann.api.members.invite({ email: 'ivy@clinic.example', role: 'marketer' });
const count = async (what: string) =>
	(await app.pool.query<{ n: number }>(`select count(*)::int as n from ${what}`)).rows[0]?.n;

test('an invitation is mailed, accepted once, and signs in as what it names', async () => {
	const told = auditReader(app);
	await told();
	const { link, isMailed } = await inviteIvy();
	expect(isMailed).toBe(true);
	expect(link).toMatch(/^http:\/\/localhost:4780\/join#[a-z2-9]{24}\.[a-z2-9]{24}$/);
	expect(await findInvitation(app, tokenIn(link))).toEqual({
		email: 'ivy@clinic.example',
		role: 'marketer',
		inviter: 'Ann'
	});
	const cookie = await join(app, tokenIn(link), ivy, from);
	expect(await findSession(app.pool, cookie, clock.now())).toMatchObject({
		stage: 'open',
		user: { name: 'Ivy', email: 'ivy@clinic.example', role: 'marketer' }
	});
	expect(await signIn(app, 'ivy@clinic.example', ivy.password, from)).not.toBeNull();
	expect((await told()).map(({ action, details }) => [action, details])).toEqual([
		['member.invite', { role: 'marketer' }],
		['member.join', { role: 'marketer' }],
		['session.sign-in', {}]
	]);
});

test('the mail holds the link and nothing that the table holds; only who manages the team sees it among the caught', async () => {
	const { link } = await inviteIvy();
	const { mails } = await ann.api.mail.list({});
	expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
		['ivy@clinic.example', 'Ann invites you to Stepwell']
	]);
	const id = mails[0]?.id ?? 0;
	const mail = await getCaughtMail(app, id, true);
	expect(mail.text).toContain(link);
	expect(mail.html).toContain(link);
	const marketer = callAs(app, 'marketer', ann.id);
	expect((await marketer.mail.list({})).mails).toEqual([]);
	await expect(marketer.mail.get({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	const { rows } = await app.pool.query<{ row: string }>('select i::text as row from invitations i');
	expect(rows[0]?.row).not.toContain(tokenIn(link).split('.')[1]);
});

test('of ten who use a link at once one gets the account', async () => {
	const { link } = await inviteIvy();
	const tries = Array.from({ length: 10 }, (_, i) =>
		join(app, tokenIn(link), { ...ivy, name: `Ivy ${i}` }, from)
	);
	const results = await Promise.allSettled(tries);
	expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	expect(await count(`users where email = 'ivy@clinic.example'`)).toBe(1);
	expect(await count('sessions')).toBe(1);
});

test.each<[string, (token: string) => string | Promise<string>]>([
	['is too old', (token) => (clock.advance(INVITATION_MS), token)],
	['has another secret', (token) => `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`],
	['has an unknown id', (token) => `${'a'.repeat(24)}.${token.split('.')[1]}`],
	['is half a link', (token) => token.slice(0, 30)],
	['was replaced', async (token) => (await inviteIvy(), token)],
	[
		'was revoked',
		async (token) => (await ann.api.members.revokeInvitation({ id: token.split('.')[0] ?? '' }), token)
	],
	[
		'is of somebody who was deactivated',
		async (token) => {
			const bob = await addMember(app, 'Bob', 'owner');
			await bob.api.members.deactivate({ id: ann.id });
			return token;
		}
	],
	[
		'is of somebody who is no owner any more',
		async (token) => {
			const bob = await addMember(app, 'Bob', 'owner');
			await bob.api.members.changeRole({ id: ann.id, role: 'marketer' });
			return token;
		}
	]
])('a link that %s opens nothing', async (_, spoil) => {
	const token = await spoil(tokenIn((await inviteIvy()).link));
	expect(await findInvitation(app, token)).toBeUndefined();
	await expect(join(app, token, ivy, from)).rejects.toMatchObject({ problem: { code: 'not-found' } });
	expect(await count(`users where email = 'ivy@clinic.example'`)).toBe(0);
});

test('who has an account is not invited, and an account made meanwhile is not taken over', async () => {
	const { link } = await inviteIvy();
	const made = await addMember(app, 'Ivy', 'operator');
	await expect(inviteIvy()).rejects.toThrow('in the team already');
	await expect(join(app, tokenIn(link), ivy, from)).rejects.toMatchObject({ problem: { code: 'conflict' } });
	await ann.api.members.deactivate({ id: made.id });
	await expect(inviteIvy()).rejects.toThrow('Reactivate them instead');
});

test('where no mail goes out the link is there all the same', async () => {
	const server: MailServer = await startMailServer(app);
	server.manners.set('refuse', 'refuse');
	try {
		const refused = await ann.api.members.invite({ email: 'refuse@clinic.example', role: 'operator' });
		expect(refused.isMailed).toBe(false);
		expect(await findInvitation(app, tokenIn(refused.link))).toBeDefined();
		expect((await inviteIvy()).isMailed).toBe(true);
		expect(server.taken).toEqual(['ivy@clinic.example']);
		expect(server.raw.get('ivy@clinic.example')).not.toContain('X-Stepwell');
	} finally {
		await server.close();
		await app.pool.query(`delete from settings where key = 'mail'`);
	}
});

test('whose factors were not shown lately opens no door, and still closes them', async () => {
	const bob = await addMember(app, 'Bob', 'marketer');
	const stale = callAs(app, 'owner', ann.id, clock.now() - 5 * 60_000).members;
	const isStale = { cause: { problem: { code: 'auth.step-up' } } };
	await expect(stale.invite({ email: 'ivy@clinic.example', role: 'owner' })).rejects.toMatchObject(isStale);
	await expect(stale.changeRole({ id: bob.id, role: 'owner' })).rejects.toMatchObject(isStale);
	await stale.deactivate({ id: bob.id });
	await expect(stale.reactivate({ id: bob.id })).rejects.toMatchObject(isStale);
});

test('a role holds from the next request on, and nobody changes their own', async () => {
	const bob = await addMember(app, 'Bob', 'marketer');
	const session = { userId: bob.id, way: 'password', proved: true, place: { ip: null } } as const;
	const cookie = await createSession(app.pool, session, clock.now());
	await ann.api.members.changeRole({ id: bob.id, role: 'operator' });
	expect((await findSession(app.pool, cookie, clock.now()))?.user.role).toBe('operator');
	await expect(bob.api.members.changeRole({ id: bob.id, role: 'owner' })).rejects.toMatchObject({
		code: 'FORBIDDEN'
	});
	await expect(ann.api.members.changeRole({ id: ann.id, role: 'operator' })).rejects.toThrow('own role');
	await expect(ann.api.members.deactivate({ id: ann.id })).rejects.toThrow('Nobody deactivates themselves');
	expect(await count(`users where role = 'owner'`)).toBe(1);
});

test('two owners who demote or deactivate each other at once: one is left, whatever the order', async () => {
	for (let round = 0; round < 6; round++) {
		await app.pool.query('truncate users cascade');
		const [eve, bob] = [await addMember(app, 'Eve', 'owner'), await addMember(app, 'Bob', 'owner')];
		const results = await Promise.allSettled([
			eve.api.members.changeRole({ id: bob.id, role: 'marketer' }),
			round % 2
				? bob.api.members.changeRole({ id: eve.id, role: 'marketer' })
				: bob.api.members.deactivate({ id: eve.id })
		]);
		expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
		expect(await count(`users where role = 'owner' and deactivated_at is null`)).toBe(1);
	}
});

test('the last owner who can come in is kept, whoever asks', async () => {
	const bob = await addMember(app, 'Bob', 'owner');
	const leaves = (id: number) =>
		inTransaction(app.pool, async (tx) => {
			await lockTeam(tx);
			await mustLeaveOwner(tx, id);
		});
	await leaves(bob.id);
	await ann.api.members.deactivate({ id: bob.id });
	await expect(leaves(ann.id)).rejects.toMatchObject({ problem: { code: 'conflict' } });
	await leaves(bob.id);
});

test('deactivating ends all at once: sessions, keys, invitations, resets, tasks, notes, emergency access', async () => {
	const bob = await addMember(app, 'Bob', 'owner');
	const session = { userId: bob.id, way: 'password', proved: true, place: { ip: null } } as const;
	const cookie = await createSession(app.pool, session, clock.now());
	const { key } = await createApiKey(app.pool, 'Lab', bob.id, clock.now());
	const other = await createApiKey(app.pool, 'Other lab', ann.id, clock.now());
	const { link } = await bob.api.members.invite({ email: 'ivy@clinic.example', role: 'marketer' });
	await app.pool.query(
		`insert into password_resets (id, secret_hash, user_id, created_at, expires_at) values ('r', '', $1, now(), now())`,
		[bob.id]
	);
	await app.pool.query(
		`insert into ceremonies (id, kind, user_id, data, expires_at) values ('c', 'passkey-add', $1, '{}', now())`,
		[bob.id]
	);
	await app.pool.query(
		`insert into task_notes (kind, key, assigned_to, due_at) values ('approval', '7', $1, '2026-03-03')`,
		[bob.id]
	);
	await app.pool.query(
		`insert into notices (enrollment_id, version_id, step, arrival, contact_id, recipient, user_id, visit_at)
		values (1, 1, 's', 1, 1, 'bob@clinic.example', $1, now())`,
		[bob.id]
	);
	await app.pool.query('insert into emergencies (user_id, began_at, ends_at) values ($1, $2, $3)', [
		bob.id,
		new Date(clock.now() - 1000),
		new Date(clock.now() + 1_800_000)
	]);
	const told = auditReader(app);
	await told();
	await ann.api.members.deactivate({ id: bob.id });

	expect(await findSession(app.pool, cookie, clock.now())).toBeUndefined();
	expect(await keysOf(app).verify(`Bearer ${key}`)).toBeNull();
	expect(await keysOf(app).verify(`Bearer ${other.key}`)).toMatchObject({ name: 'Other lab' });
	expect(await findInvitation(app, tokenIn(link))).toBeUndefined();
	expect(await count('password_resets')).toBe(0);
	expect(await count('ceremonies')).toBe(0);
	expect(await count(`task_notes where assigned_to is null and due_at = '2026-03-03'`)).toBe(1);
	expect(await count(`notices where state = 'withdrawn'`)).toBe(1);
	expect(await count(`emergencies where ends_at > '2026-03-02T15:00:00Z'`)).toBe(0);
	expect(await signIn(app, 'bob@clinic.example', 'x', from)).toBeNull();
	expect((await told())[0]).toMatchObject({
		action: 'member.deactivate',
		subject: [String(bob.id)],
		details: {
			sessions: 1,
			keys: 1,
			invitations: 1,
			resets: 1,
			ceremonies: 1,
			emergencies: 1,
			tasks: 1,
			notices: 1
		}
	});
	// What was under way when they were deactivated makes nothing any more.
	await expect(bob.api.keys.create({ name: 'Late' })).rejects.toThrow('Your account was deactivated.');
	await expect(bob.api.members.invite({ email: 'eve@clinic.example', role: 'owner' })).rejects.toThrow(
		'You may not change the team any more.'
	);
});

test('the next request of a deactivated session, and of a key that they made, is a 401', async () => {
	provideApp(app);
	const bob = await addMember(app, 'Bob', 'integrator');
	const session = { userId: bob.id, way: 'password', proved: true, place: { ip: null } } as const;
	const cookie = `stepwell=${await createSession(app.pool, session, clock.now())}`;
	const { key } = await createApiKey(app.pool, 'Lab', bob.id, clock.now());
	const ask = async (path: string, headers: Record<string, string>, body?: object) => {
		const origin = new URL(app.publicUrl).origin;
		const init = body
			? {
					method: 'POST',
					body: JSON.stringify(body),
					headers: { ...headers, origin, 'content-type': 'application/json' }
				}
			: { headers };
		const answer = await apiRoutes(new Request(`${app.publicUrl}${path}`, init), { ip: '127.0.0.1' });
		return answer?.status;
	};
	const both = async () => [
		await ask('/api/trpc/members.list', { cookie }),
		// An event that is wrong in itself: whoever may send learns that.
		await ask('/api/v1/events', { authorization: `Bearer ${key}` }, {})
	];
	expect(await both()).toEqual([200, 400]);
	await ann.api.members.deactivate({ id: bob.id });
	expect(await both()).toEqual([401, 401]);
});

test('who is reactivated signs in anew, and gets no key or session back', async () => {
	const bob = await addMember(app, 'Bob', 'operator');
	const { key } = await createApiKey(app.pool, 'Lab', bob.id, clock.now());
	await ann.api.members.deactivate({ id: bob.id });
	const session = { userId: bob.id, way: 'password', proved: true, place: { ip: null } } as const;
	const late = await createSession(app.pool, session, clock.now());
	await ann.api.members.reactivate({ id: bob.id });
	expect(await findSession(app.pool, late, clock.now())).toBeUndefined();
	expect(await keysOf(app).verify(`Bearer ${key}`)).toBeNull();
	expect(
		(await ann.api.members.list()).members.map(({ name, deactivatedAt }) => [name, deactivatedAt])
	).toEqual([
		['Ann', null],
		['Bob', null]
	]);
	await expect(ann.api.members.reactivate({ id: bob.id })).rejects.toThrow('active already');
});

test('the list tells who is there; whom the second factor is missing, and who is invited, only to whoever looks after it', async () => {
	const bob = await addMember(app, 'Bob', 'marketer');
	await app.pool.query(
		`insert into totp (user_id, sealed, created_at, confirmed_at) values ($1, '', now(), now())`,
		[bob.id]
	);
	await inviteIvy();
	const all = await ann.api.members.list();
	expect(all.members.map(({ name, hasSecondFactor }) => [name, hasSecondFactor])).toEqual([
		['Ann', false],
		['Bob', true]
	]);
	expect(all.members[0]?.lastSeenAt).toBe('2026-03-02T15:00:00.000Z');
	expect(all.members[1]?.lastSeenAt).toBeNull();
	expect(all.invitations).toMatchObject([
		{ email: 'ivy@clinic.example', role: 'marketer', invitedBy: 'Ann', expiresAt: '2026-03-09T15:00:00.000Z' }
	]);
	const seen = await bob.api.members.list();
	expect(seen.invitations).toEqual([]);
	expect(seen.members.map(({ hasSecondFactor }) => hasSecondFactor)).toEqual([null, null]);
});

afterEach(() => app.pool.query('truncate task_notes, notices'));
