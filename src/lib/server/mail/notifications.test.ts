import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { addMember, type TeamMember } from '../../../../tests/support/team.ts';
import { afterAnswers } from '../after-answer.ts';
import type { App } from '../app.ts';
import { roles, type Role } from '../auth/permissions.ts';
import { tellAssignee } from '../tasks/assigned-letter.ts';
import { startCatcher } from './catcher.ts';
import { getCaughtMail, listCaughtMails } from './caught-mail.ts';
import { recipientsOf } from './notifications.ts';

let database: TestDatabase;
let app: App;
let catcher: Awaited<ReturnType<typeof startCatcher>>;
let team: Record<Role, TeamMember>;

beforeAll(async () => {
	database = await cloneDatabase();
	catcher = await startCatcher({ pool: database.pool, vault: database.vault, clock: new SetClock(0) });
	app = testApp(database.pool, undefined, { catcherPort: catcher.port });
});
afterAll(async () => {
	await catcher.close();
	await database.drop();
});
beforeEach(async () => {
	await database.pool.query('truncate users, caught_mails cascade');
	const made: [Role, TeamMember][] = [];
	for (const role of roles) made.push([role, await addMember(app, `A-${role}`, role)]);
	team = Object.fromEntries(made) as Record<Role, TeamMember>;
});

const told = async (kind: Parameters<typeof recipientsOf>[1]) =>
	(await recipientsOf(app.pool, kind)).map(({ name }) => name);

test('each kind reaches the roles that it is for, and nobody else may choose it', async () => {
	expect(await told('breaker')).toEqual(['A-owner', 'A-marketer']);
	expect(await told('emergency')).toEqual(['A-owner', 'A-privacy-officer']);
	expect(await told('task')).toHaveLength(6);
	expect(await team.integrator.api.notifications.get()).toEqual([{ kind: 'task', isWanted: true }]);
	expect(await team.owner.api.notifications.get()).toEqual([
		{ kind: 'breaker', isWanted: true },
		{ kind: 'task', isWanted: true },
		{ kind: 'emergency', isWanted: true }
	]);
});

test('who does not want a kind is left out, and keeps their other choices', async () => {
	await team.marketer.api.notifications.save({ breaker: false });
	await team.marketer.api.notifications.save({ task: false });
	expect(await told('breaker')).toEqual(['A-owner']);
	expect(await team.marketer.api.notifications.get()).toEqual([
		{ kind: 'breaker', isWanted: false },
		{ kind: 'task', isWanted: false }
	]);
	await team.marketer.api.notifications.save({ breaker: true });
	expect(await told('breaker')).toEqual(['A-owner', 'A-marketer']);
});

test('emergency access always reaches somebody; the deactivated are never told', async () => {
	await team.owner.api.notifications.save({ emergency: false });
	expect(await told('emergency')).toEqual(['A-privacy-officer']);
	await team['privacy-officer'].api.notifications.save({ emergency: false });
	expect(await told('emergency')).toEqual(['A-owner', 'A-privacy-officer']);
	await team.owner.api.members.deactivate({ id: team['privacy-officer'].id });
	expect(await told('emergency')).toEqual(['A-owner']);
});

test('a task is told to whoever it was given, unless they don’t want it', async () => {
	const task = { kind: 'approval', to: team.manager.id, by: 'A-owner', dueAt: null } as const;
	await tellAssignee(app, { ...task, dueAt: new Date('2026-03-03T09:00:00Z') });
	await team.manager.api.notifications.save({ task: false });
	await tellAssignee(app, task);
	await afterAnswers(app);
	const { mails } = await listCaughtMails(app, {});
	expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
		['a-manager@clinic.example', 'A task for you']
	]);
	const { text } = await getCaughtMail(app, mails[0]?.id ?? 0);
	expect(text).toContain('A-owner gave you a task: a question that a journey asks.');
	expect(text).toContain('Mar 3, 2026, 09:00 UTC');
});
