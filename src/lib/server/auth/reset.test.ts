import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { auditReader } from '../../../../tests/support/call-as.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { afterAnswers } from '../after-answer.ts';
import type { App } from '../app.ts';
import { RateLimited } from '../http/rate-limited.ts';
import { startCatcher } from '../mail/catcher.ts';
import { getCaughtMail, listCaughtMails } from '../mail/caught-mail.ts';
import { createOwner } from './owner.ts';
import { askForReset, findReset, RESET_AGAIN_MS, RESET_MS, resetPassword } from './reset.ts';
import { createSession, findSession } from './session.ts';
import { signIn } from './sign-in.ts';

let database: TestDatabase;
let app: App;
let catcher: Awaited<ReturnType<typeof startCatcher>>;
let clock: SetClock;
let ann: number;
const owner = { name: 'Ann', email: 'Ann@clinic.example', password: 'four words in a row' };
const other = 'five words in a row';
let address = 0;
/** Each test asks from an address of its own: what one of them tried is not counted for another. */
const from = () => ({ ip: `192.0.2.${address}`, requestId: 'r' });

beforeAll(async () => {
	database = await cloneDatabase();
	catcher = await startCatcher({ pool: database.pool, vault: database.vault, clock: new SetClock(0) });
});
afterAll(async () => {
	await catcher.close();
	await database.drop();
});
beforeEach(async () => {
	await database.pool.query('truncate users, sessions, password_resets, caught_mails cascade');
	address++;
	clock = new SetClock('2026-03-02T15:00:00Z');
	app = testApp(database.pool, clock, { catcherPort: catcher.port });
	ann = await createOwner(app, owner);
});

async function mails() {
	const { mails: heads } = await listCaughtMails(app, { doors: true });
	return Promise.all(heads.map(({ id }) => getCaughtMail(app, id, true)));
}

/** Asks, and gives the token of the newest mail. */
async function ask(email = owner.email): Promise<string> {
	await askForReset(app, email, from());
	await afterAnswers(app);
	return /\/sign-in\/reset#(\S+)/.exec((await mails())[0]?.text ?? '')?.[1] ?? '';
}

async function sessionOf(userId: number): Promise<string> {
	const session = { userId, way: 'password', proved: true, place: { ip: null } } as const;
	return createSession(app.pool, session, clock.now());
}

test('a link sets a new password once, ends every session, and word of it goes to the owner of the account', async () => {
	const told = auditReader(app);
	await told();
	const cookie = await sessionOf(ann);
	const token = await ask('ann@CLINIC.example');
	expect(await findReset(app, token)).toMatchObject({ id: ann });
	await resetPassword(app, token, other, from());
	await afterAnswers(app);
	expect(await findSession(app.pool, cookie, clock.now())).toBeUndefined();
	expect(await signIn(app, owner.email, owner.password, from())).toBeNull();
	expect(await signIn(app, owner.email, other, from())).not.toBeNull();
	await expect(resetPassword(app, token, owner.password, from())).rejects.toMatchObject({
		problem: { code: 'not-found' }
	});
	expect((await mails()).map(({ to, subject }) => [to, subject])).toEqual([
		[owner.email, 'Your password was changed'],
		[owner.email, 'Set a new password']
	]);
	expect((await told()).map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
		[null, 'password.forgot', [String(ann)]],
		['Ann', 'password.reset', []],
		[null, 'session.refuse', [String(ann)]],
		['Ann', 'session.sign-in', []]
	]);
});

test('it leaves the second factor to be shown', async () => {
	await app.pool.query(
		`insert into totp (user_id, sealed, created_at, confirmed_at) values ($1, '', now(), now())`,
		[ann]
	);
	await resetPassword(app, await ask(), other, from());
	const cookie = await signIn(app, owner.email, other, from());
	expect(await findSession(app.pool, cookie ?? '', clock.now())).toMatchObject({ stage: 'second-factor' });
	await afterAnswers(app);
});

test.each<[string, (token: string) => string | Promise<string>]>([
	['is older than half an hour', (token) => (clock.advance(RESET_MS), token)],
	['has another secret', (token) => `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`],
	['has an unknown id', (token) => `${'a'.repeat(24)}.${token.split('.')[1]}`],
	[
		'has a newer one',
		async (token) => {
			clock.advance(RESET_AGAIN_MS);
			expect(await ask()).not.toBe(token);
			return token;
		}
	],
	[
		'is of somebody who was deactivated',
		async (token) => {
			await app.pool.query('update users set deactivated_at = now()');
			return token;
		}
	]
])('a link that %s opens nothing', async (_, spoil) => {
	const token = await spoil(await ask());
	expect(await findReset(app, token)).toBeUndefined();
	await expect(resetPassword(app, token, other, from())).rejects.toMatchObject({
		problem: { code: 'not-found' }
	});
	const { rows } = await app.pool.query<{ password_hash: string }>('select password_hash from users');
	expect(rows).toHaveLength(1);
	await app.pool.query('update users set deactivated_at = null');
	expect(await signIn(app, owner.email, other, from())).toBeNull();
});

test('of ten who use a link at once one sets the password', async () => {
	const token = await ask();
	const tries = Array.from({ length: 10 }, (_, i) => resetPassword(app, token, `${other} ${i}`, from()));
	const results = await Promise.allSettled(tries);
	await afterAnswers(app);
	const won = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
	expect(won).toHaveLength(1);
	expect(await signIn(app, owner.email, `${other} ${won[0]}`, from())).not.toBeNull();
});

test('nobody is looked for before the answer is given, and whoever has no account, or no password, gets no mail', async () => {
	await app.pool.query(
		`insert into users (email, name, role) values ('sso@clinic.example', 'Sue', 'marketer')`
	);
	await app.pool.query(
		`insert into users (email, name, role, password_hash, deactivated_at) values ('gone@clinic.example', 'Guy', 'marketer', 'x', now())`
	);
	const addresses = [owner.email, 'nobody@clinic.example', 'sso@clinic.example', 'gone@clinic.example'];
	// The limiter makes its table at the first question.
	await askForReset(app, 'first@clinic.example', from());
	await afterAnswers(app);
	const query = vi.spyOn(app.pool, 'query');
	const connect = vi.spyOn(app.pool, 'connect');
	const asked: Record<string, unknown[]> = {};
	for (const email of addresses) {
		query.mockClear();
		connect.mockClear();
		const answer = await askForReset(app, email, from());
		asked[email] = [answer, query.mock.calls.length, connect.mock.calls.length];
		await afterAnswers(app);
	}
	query.mockRestore();
	connect.mockRestore();
	expect(new Set(Object.values(asked).map((each) => JSON.stringify(each))).size).toBe(1);
	expect((await mails()).map(({ to }) => to)).toEqual([owner.email]);
});

test('the answer waits for nothing of an account: it is there while somebody else holds its row', async () => {
	const holder = await app.pool.connect();
	await holder.query('begin');
	await holder.query('select from users for update');
	await askForReset(app, owner.email, from());
	expect(await mails()).toEqual([]);
	await holder.query('commit');
	holder.release();
	await afterAnswers(app);
	expect(await mails()).toHaveLength(1);
});

test('asking again and again sends one mail in five minutes, and is refused in the end, account or not', async () => {
	for (let i = 0; i < 5; i++) await ask();
	expect(await mails()).toHaveLength(1);
	await expect(askForReset(app, owner.email, from())).rejects.toBeInstanceOf(RateLimited);
	for (let i = 0; i < 5; i++) await askForReset(app, 'nobody@clinic.example', from());
	await expect(askForReset(app, 'nobody@clinic.example', from())).rejects.toBeInstanceOf(RateLimited);
	address += 100;
	clock.advance(RESET_AGAIN_MS);
	await ask();
	expect(await mails()).toHaveLength(2);
});

test('what was tried at the sign-in is not counted here', async () => {
	for (let i = 0; i < 10; i++) await signIn(app, owner.email, 'not the password', from());
	await expect(signIn(app, owner.email, owner.password, from())).rejects.toBeInstanceOf(RateLimited);
	expect(await ask()).not.toBe('');
});
