/** What was agreed with a person (45 CFR 164.522) holds for whatever journey writes to them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { addRestriction, type RestrictionKind } from '../../src/lib/server/people/restrictions.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';
import { caughtHeads } from '../support/people.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	for (const [slug, purpose] of [
		['care', 'treatment'],
		['offer', 'marketing']
	] as const)
		await clinic.publish(
			slug,
			draw(
				{
					in: ['trigger.transactional', { event: 'visit.completed' }],
					mail: email({ purpose, ...(purpose === 'marketing' ? { topic: 'news' } : {}) }),
					end: ['exit', {}]
				},
				['in -> mail', 'mail -> end']
			)
		);
});
afterAll(() => clinic.close());

const agree = (contact: string, kind: RestrictionKind, address: { email?: string } = {}) =>
	inTransaction(clinic.pool, (tx) =>
		addRestriction(
			tx,
			clinic.app.vault,
			{
				contactId: clinic.idOf(contact),
				kind,
				by: null,
				words: 'asked by phone',
				email: null,
				phone: null,
				...address
			},
			clinic.clock.now()
		)
	);

async function visits(contact: string): Promise<void> {
	const grantedAt = clinic.clock.now() - DAY;
	await clinic.contacts({
		id: contact,
		email: `${contact}@example.test`,
		consents: [{ kind: 'marketing', grantedAt }]
	});
}

async function outcome(contact: string): Promise<Record<string, string>> {
	await clinic.tell(contact, 'visit.completed');
	await clinic.settle();
	const rows = await clinic.rows<{ slug: string; state: string }>(
		`select j.slug, concat_ws(' ', m.state, m.reason) as state from messages m
		 join journey_versions v on v.id = m.version_id join journeys j on j.id = v.journey_id
		 where m.contact_id = $1 order by j.slug`,
		[clinic.idOf(contact)]
	);
	return Object.fromEntries(rows.map(({ slug, state }) => [slug, state]));
}

test('without any, both are sent', async () => {
	await visits('ann');
	expect(await outcome('ann')).toEqual({ care: 'sent', offer: 'sent' });
});

test('no marketing stops marketing and nothing else', async () => {
	await visits('bob');
	await agree('bob', 'marketing');
	expect(await outcome('bob')).toEqual({ care: 'sent', offer: 'blocked suppressed' });
});

test('no email stops every email', async () => {
	await visits('cat');
	await agree('cat', 'email');
	expect(await outcome('cat')).toEqual({ care: 'blocked suppressed', offer: 'blocked suppressed' });
});

test('a confidential address gets what the other would have got, and is asked whether it may', async () => {
	await visits('dan');
	await agree('dan', 'address', { email: 'quiet@example.test' });
	expect(await outcome('dan')).toEqual({ care: 'sent', offer: 'sent' });
	const to = (await caughtHeads(clinic.database)).flatMap((mail) => mail.to);
	expect(to.filter((address) => address === 'quiet@example.test')).toHaveLength(2);
	expect(to).not.toContain('dan@example.test');
});

test('one agreed on between the making and the hand-over holds', async () => {
	await visits('eve');
	await clinic.tell('eve', 'visit.completed');
	await clinic.route();
	await clinic.pump();
	await agree('eve', 'email');
	await clinic.settle();
	expect(await clinic.count(`messages where contact_id = $1 and state = 'sent'`, [clinic.idOf('eve')])).toBe(
		0
	);
});

test('an agreed address that was tampered with is never replaced by the other; other people’s mail goes on', async () => {
	await visits('fay');
	await visits('gil');
	await agree('fay', 'address', { email: 'hidden@example.test' });
	await clinic.pool.query('update restrictions set words_sealed = $2 where contact_id = $1', [
		clinic.idOf('fay'),
		Buffer.alloc(80, 1)
	]);
	await clinic.tell('gil', 'visit.completed');
	expect(await outcome('fay')).toEqual({});
	expect(await clinic.states('fay')).toEqual({ 'failed internal error': 2 });
	expect(await clinic.count(`messages where contact_id = $1 and state = 'sent'`, [clinic.idOf('gil')])).toBe(
		2
	);
});
