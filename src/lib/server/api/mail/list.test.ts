import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditReader, callAs } from '../../../../../tests/support/call-as.ts';
import {
	cloneDatabase,
	SetClock,
	testApp,
	type TestDatabase
} from '../../../../../tests/support/database.ts';
import { addContact } from '../../../../../tests/support/people.ts';
import { sealMail } from '../../people/caught.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

async function catchMail(id: number, contactId: number): Promise<void> {
	const head = { from: 'care@clinic.test', to: ['ann@example.test'], subject: 'Hello' };
	const columns = await sealMail(database.vault, id, contactId, { head, raw: Buffer.from('x') });
	await database.pool.query(
		'insert into caught_mails (id, contact_id, caught_at, head, sealed) overriding system value values ($1, $2, now(), $3, $4)',
		[id, contactId, columns.head, columns.sealed]
	);
}

test('a page that looks again every few seconds is one look an hour, until somebody else is in it', async () => {
	const clock = new SetClock('2026-03-02T15:00:00Z');
	const app = testApp(database.pool, clock);
	const told = auditReader(app);
	const [ann, bob] = [await addContact(database, { id: 'ann' }), await addContact(database, { id: 'bob' })];
	await database.pool.query(
		`insert into users (email, name, password_hash, role) values ('maya@clinic.test', 'Maya', 'x', 'owner')`
	);
	const look = () => callAs(app, 'owner').mail.list({});
	await catchMail(1, ann);
	await look();
	clock.advance(5000);
	await look();
	expect((await told()).map(({ subject }) => subject)).toEqual([[String(ann)]]);
	await catchMail(2, bob);
	await look();
	expect((await told()).map(({ subject }) => subject)).toEqual([[String(bob), String(ann)]]);
	clock.advance(61 * 60_000);
	await look();
	expect(await told()).toHaveLength(1);
});
