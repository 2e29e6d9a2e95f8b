import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import { afterAnswers } from '../../src/lib/server/after-answer.ts';
import { actorIn, createSession, findSession } from '../../src/lib/server/auth/session.ts';
import { EMERGENCIES_A_WEEK, EMERGENCY_MS } from '../../src/lib/server/auth/emergency.ts';
import { FRESH_MS } from '../../src/lib/server/auth/permissions.ts';
import { callerFor as callerOf } from '../../src/lib/server/api/router.ts';
import { auditReader } from '../support/call-as.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../support/database.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { addContact } from '../support/people.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let database: TestDatabase;
let app: App;
let mia: TeamMember;
let paul: TeamMember;
let server: MailServer;
const clock = new SetClock('2026-03-02T15:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, clock);
	mia = await addMember(app, 'Mia', 'manager');
	server = await startMailServer(app);
	paul = await addMember(app, 'Paul', 'privacy-officer');
	await addContact(database, { id: 'p-1', name: 'Jane Roe', email: 'jane@patients.example' });
});
afterAll(async () => {
	await afterAnswers(app);
	await server.close();
	await database.drop();
});
beforeEach(() => database.pool.query('truncate emergencies restart identity'));

/** Mia’s calls as the server makes them: in a session, with whatever is open for her. */
async function mias(): Promise<ReturnType<typeof callerFor>> {
	const session = { userId: mia.id, way: 'sso', proved: true, place: { ip: null } } as const;
	const token = await createSession(app.pool, session, clock.now());
	const found = await findSession(app.pool, token, clock.now());
	return callerOf({ app, actor: actorIn(found), call: { ip: null, requestId: 'r' }, session: found });
}

const words = 'Jane Roe collapsed in the waiting room.';

test('in an emergency a manager finds a person and sees them, and each look carries its number', async () => {
	await expect((await mias()).contacts.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
	const told = auditReader(app);
	await told();
	const { endsAt } = await (await mias()).emergency.begin({ words });
	expect(Date.parse(endsAt)).toBe(clock.now() + EMERGENCY_MS);
	const { rows } = await (await mias()).contacts.list({});
	expect(rows[0]).toMatchObject({ identity: { name: 'Jane Roe' } });
	const [begun, seen] = await told();
	expect(begun).toMatchObject({ action: 'emergency.begin', reason: 'emergency', details: { emergency: 1 } });
	expect(begun?.reasonSealed).not.toBeNull();
	expect(JSON.stringify({ ...begun, reasonSealed: null })).not.toContain('Roe');
	expect(seen).toMatchObject({ action: 'contact.read', details: { emergency: 1 } });
});

test('it ends by itself after an hour, and at once when she ends it', async () => {
	await (await mias()).emergency.begin({ words });
	clock.advance(EMERGENCY_MS - 1);
	await (await mias()).contacts.list({});
	clock.advance(1);
	await expect((await mias()).contacts.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
	await (await mias()).emergency.begin({ words });
	await (await mias()).emergency.end();
	await expect((await mias()).contacts.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('it needs a reason, and factors shown lately', async () => {
	await expect((await mias()).emergency.begin({ words: 'now' })).rejects.toMatchObject({
		code: 'BAD_REQUEST'
	});
	const api = await mias();
	clock.advance(FRESH_MS);
	await expect(api.emergency.begin({ words })).rejects.toMatchObject({
		cause: { problem: { code: 'auth.step-up' } }
	});
});

test('clicked ten times at once it opens once, and it is granted three times a week', async () => {
	const api = await mias();
	const clicks = await Promise.allSettled(Array.from({ length: 10 }, () => api.emergency.begin({ words })));
	expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
	for (let times = 1; times < EMERGENCIES_A_WEEK; times++) {
		await (await mias()).emergency.end();
		clock.advance(1);
		await (await mias()).emergency.begin({ words });
	}
	await (await mias()).emergency.end();
	clock.advance(1);
	await expect((await mias()).emergency.begin({ words })).rejects.toMatchObject({
		cause: { problem: { code: 'rate.limited' } }
	});
	clock.advance(7 * 24 * 60 * 60_000);
	await (await mias()).emergency.begin({ words });
});

test('a privacy officer has it as a task until they looked at it, which nobody does for themselves', async () => {
	await (await mias()).emergency.begin({ words });
	const listed = async () =>
		(await paul.api.tasks.list({})).kinds.find(({ kind }) => kind === 'emergency')?.tasks;
	expect(await listed()).toMatchObject([{ key: '1', title: 'Mia', emergency: { user: mia.id } }]);
	await afterAnswers(app);
	const mail = server.raw.get('paul@clinic.example');
	expect(mail).toContain('Mia opened emergency access');
	expect(mail).not.toMatch(/Roe|collapsed/);
	expect(server.taken, 'she is told nothing').not.toContain('mia@clinic.example');
	await expect(paul.api.emergency.review({ id: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
	await (await mias()).emergency.end();
	await database.pool.query(`update users set role = 'privacy-officer' where id = $1`, [mia.id]);
	await expect((await mias()).emergency.review({ id: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
	await database.pool.query(`update users set role = 'manager' where id = $1`, [mia.id]);
	clock.advance(1);
	await paul.api.emergency.review({ id: 1 });
	expect(await listed()).toBeUndefined();
});
