import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditReader, callAs, type AuditTold } from '../../../../../../tests/support/call-as.ts';
import {
	cloneDatabase,
	SetClock,
	testApp,
	type TestDatabase
} from '../../../../../../tests/support/database.ts';
import { makeCareJourney, makePatient, type CareJourney } from '../../../../../../tests/support/patient.ts';
import { addContact, findContact } from '../../../../../../tests/support/people.ts';
import type { App } from '../../../app.ts';
import { inTransaction } from '../../../db/db.ts';
import { finishErasures } from '../../../people/erase.ts';
import { loadRestrictions } from '../../../people/restrictions.ts';
import { purgeRetained } from '../../../people/retained.ts';
import { openReason } from '../../../people/reason.ts';

let database: TestDatabase;
let app: App;
let clock: SetClock;
let told: () => Promise<AuditTold[]>;
let journey: CareJourney;

beforeAll(async () => {
	database = await cloneDatabase();
	clock = new SetClock('2026-03-02T15:00:00Z');
	app = testApp(database.pool, clock);
	told = auditReader(app);
	await database.pool.query(
		`insert into users (email, name, password_hash, role) values ('maya@clinic.example', 'Maya', 'x', 'owner')`
	);
	journey = await makeCareJourney(database);
});
afterAll(() => database.drop());
beforeEach(async () => void (await told()));

const owner = () => callAs(app, 'owner').contacts;
const patient = (id: string, more = {}) => makePatient(database, journey, clock.now(), id, more);

async function tablesAboutPeople(): Promise<string[]> {
	const { rows } = await database.pool.query<{ name: string }>(
		`select c.table_name as name from information_schema.columns c
		join pg_class t on t.relname = c.table_name and not t.relispartition
		where c.table_schema = 'public' and c.column_name = 'contact_id' order by c.table_name collate "C"`
	);
	return rows.map(({ name }) => name);
}

describe('an export', () => {
	test('has everything about the person, opened, and counts as told to them', async () => {
		const id = await patient('ann', { consents: true });
		const file = JSON.stringify(await owner().rights.export({ id }));
		for (const part of ['ann@canary.example', 'dx', 'result', 'trigger', 'read', 'subject', 'body'])
			expect(file).toContain(part.includes('@') ? part : `canary-${part}-ann`);
		expect(file).toContain('450 <ann@canary.example> busy');
		expect(JSON.parse(file)).toMatchObject({
			person: { publicId: 'ann' },
			consents: [{ kind: 'marketing' }],
			journeys: [{ journey: 'Care', messages: [{ state: 'queued' }] }],
			segments: [{ name: 'All' }],
			notAdmitted: [{ reason: 'once' }],
			planned: [{ journey: 'Care' }]
		});
		expect(await told()).toMatchObject([{ action: 'contact.export', subject: [String(id)] }]);
		expect((await owner().rights.disclosures({ id })).disclosures).toMatchObject([
			{ toWhom: 'The person', purpose: 'individual', recordedBy: 'Maya' }
		]);
	});

	test('of one person holds nothing of another', async () => {
		await patient('bea');
		const id = await patient('cyd');
		expect(JSON.stringify(await owner().rights.export({ id }))).not.toContain('bea');
	});
});

describe('a deletion', () => {
	const because = { reason: 'requested' as const, words: 'They wrote a letter' };

	test('is refused while there is a legal hold, and says so', async () => {
		const id = await patient('held');
		const { hold } = await owner().rights.placeHold({ id, words: 'Canary law suit' });
		await expect(owner().rights.erase({ id, ...because })).rejects.toMatchObject({
			message: expect.stringContaining('legal hold'),
			cause: { problem: { code: 'person.held' } }
		});
		expect((await findContact(database, 'held'))?.attributes).toEqual({ diagnosis: 'canary-dx-held' });
		expect((await owner().rights.get({ id })).holds).toMatchObject([
			{ words: 'Canary law suit', placedBy: 'Maya', liftedAt: null }
		]);
		await owner().rights.liftHold({ id, hold });
		await owner().rights.erase({ id, ...because });
		expect((await told()).map(({ action }) => action)).toEqual([
			'hold.place',
			'contact.rights',
			'hold.lift',
			'contact.erase'
		]);
	});

	test('leaves nothing of the person, in any table, that says anything', async () => {
		const id = await patient('dora');
		const { words, ...rest } = because;
		expect(await owner().rights.erase({ id, ...because })).toEqual({ events: 1, cancelled: 1, until: null });
		const [entry] = await told();
		expect(entry).toMatchObject({ action: 'contact.erase', subject: [String(id)], reason: rest.reason });
		expect(await openReason(app.vault, entry?.reasonSealed ?? Buffer.alloc(0))).toBe(words);

		const kept: Record<string, number> = {};
		for (const name of await tablesAboutPeople()) {
			const { rowCount } = await database.pool.query(`select from ${name} where contact_id = $1`, [id]);
			if (rowCount) kept[name] = rowCount;
		}
		// What numbers lead to: the visits, one of them the end, the message and the refusal.
		expect(kept).toEqual({
			contact_keys: 1,
			enrollments: 1,
			erasures: 1,
			messages: 1,
			notices: 1,
			refusals: 1,
			step_paths: 2,
			webhook_calls: 1
		});
		const { rows } = await database.pool.query(
			`select e.state, e.due_at, e.trigger, e.trigger_sealed, m.state as message, a.response, k.wrapped,
				(select count(*)::int from step_paths p where p.contact_id = $1 and (p.reads is not null or p.reads_sealed is not null)) as reads,
				(select count(*)::int from event_keys k where not exists (select from events x where x.id = k.event_id)) as keys
			from enrollments e join messages m on m.contact_id = e.contact_id join message_attempts a on a.message_id = m.id
				join contact_keys k on k.contact_id = e.contact_id
			where e.contact_id = $1`,
			[id]
		);
		expect(rows).toMatchObject([
			{
				state: 'cancelled',
				due_at: null,
				trigger: {},
				trigger_sealed: null,
				message: 'withdrawn',
				response: null,
				wrapped: null,
				reads: 0,
				keys: 0
			}
		]);
		expect(await findContact(database, 'dora')).toBeUndefined();
	});

	test('knows of every table that names a person', async () => {
		const emptied = [
			'approvals',
			'attribute_lineages',
			'caught_mails',
			'deferred_entries',
			'enrollment_keys',
			'event_waits',
			'events',
			'failures',
			'held_events',
			'planned_entries',
			'segment_members',
			'set_aside'
		];
		const kept = [
			'contact_keys',
			'enrollments',
			'erasures',
			'messages',
			'notices',
			'refusals',
			'step_paths',
			'webhook_calls'
		];
		const papers = ['consents', 'disclosures', 'legal_holds', 'restrictions', 'retained_people'];
		expect(await tablesAboutPeople()).toEqual([...emptied, ...kept, ...papers].toSorted());
	});

	test('counts who it took out of a journey, on the day of the visit in the zone of the journey', async () => {
		await database.pool.query('truncate step_counts');
		await owner().rights.erase({ id: await patient('elin'), ...because });
		const { rows } = await database.pool.query<object>(
			'select day, step, measure, sum(count)::int as count from step_counts group by 1, 2, 3 order by 3'
		);
		expect(rows).toEqual([
			{ day: '2026-03-02', step: 'w', measure: 'dropped:cancelled', count: 1 },
			{ day: '2026-03-02', step: 'w', measure: 'ended:cancelled', count: 1 }
		]);
	});

	test('keeps authorizations and disclosures for six years, with who it was, and not a day longer', async () => {
		const id = await patient('flo', { consents: true });
		await owner().rights.disclose({
			id,
			at: '2026-03-01T12:00:00Z',
			toWhom: 'State registry',
			what: 'A positive test',
			purpose: 'public-health'
		});
		const { until } = await owner().rights.erase({ id, ...because });
		expect(until).toBe('2032-03-02T15:00:00.000Z');
		expect(await owner().rights.erased({ id })).toMatchObject({
			name: 'Canary flo',
			until,
			mayAccount: true
		});
		expect(await callAs(app, 'marketer').contacts.rights.erased({ id })).toMatchObject({ name: null });
		const report = await owner().rights.disclosures({ id });
		expect(report).toMatchObject({ name: 'Canary flo', disclosures: [{ toWhom: 'State registry' }] });

		clock.set('2032-03-02T14:59:59Z');
		expect(await purgeRetained(app)).toBe(0);
		clock.set('2032-03-02T15:00:00Z');
		await told();
		expect(await purgeRetained(app)).toBe(1);
		expect(await told()).toMatchObject([{ action: 'contact.purge', subject: [String(id)] }]);
		const { rows } = await database.pool.query(
			`select (select count(*)::int from consents where contact_id = $1) as consents,
				(select count(*)::int from disclosures where contact_id = $1) as disclosures`,
			[id]
		);
		expect(rows).toEqual([{ consents: 0, disclosures: 0 }]);
		expect(await owner().rights.erased({ id })).toMatchObject({ name: null, until: null });
		clock.set('2026-03-02T15:00:00Z');
	});

	test('keeps an authorization that ended from when it ended, and none that is old enough', async () => {
		const years = async (revoked: string) => {
			const id = await addContact(database, {
				id: `r-${revoked}`,
				consents: [{ kind: 'marketing', grantedAt: Date.parse('2015-01-01'), revokedAt: Date.parse(revoked) }]
			});
			return (await owner().rights.erase({ id, ...because })).until;
		};
		expect(await years('2021-05-01T00:00:00Z')).toBe('2027-05-01T00:00:00.000Z');
		expect(await years('2020-03-02T15:00:00Z')).toBeNull();
	});

	test('leaves the mark of an address that must not be written to', async () => {
		const id = await patient('gil');
		await database.pool.query(
			`insert into suppressions (email_mark, scope, reason, source) select email_mark, 'all', 'bounced', 'test' from contacts where id = $1`,
			[id]
		);
		await owner().rights.erase({ id, ...because });
		const again = await patient('gil');
		expect((await owner().get({ id: again })).suppressions).toMatchObject([{ reason: 'bounced' }]);
		expect(again).not.toBe(id);
	});

	test('is done again where a backup from before it was restored: the key is destroyed, the rows are back', async () => {
		const id = await patient('restored');
		const other = await patient('untouched');
		await inTransaction(database.pool, (tx) => app.vault.shred(tx, [id]));
		await finishErasures(app);
		const { rows } = await database.pool.query('select id from contacts where id = any($1::bigint[])', [
			[id, other]
		]);
		expect(rows).toEqual([{ id: other }]);
		expect(await told()).toMatchObject([{ action: 'contact.erase', subject: [String(id)] }]);
		await finishErasures(app);
		expect(await told()).toEqual([]);
	});

	test('of somebody whose row was changed by hand works all the same', async () => {
		const id = await patient('hal');
		await database.pool.query(`update contacts set sealed = '\\x00' where id = $1`, [id]);
		await owner().rights.erase({ id, ...because });
		await expect(owner().get({ id })).rejects.toThrow(/no such person/);
	});
});

describe('what was agreed to', () => {
	test('is kept with its words sealed, found for the runtime, and ends', async () => {
		const id = await patient('ida');
		const { restriction } = await owner().rights.restrict({
			id,
			kind: 'marketing',
			words: 'Canary asked by phone'
		});
		await owner().rights.restrict({
			id,
			kind: 'address',
			words: 'Not at home',
			email: 'work@canary.example',
			phone: ''
		});
		expect((await loadRestrictions(app.pool, app.vault, [id, 999_999])).get(id)).toEqual({
			marketing: true,
			email: false,
			text: false,
			disclosure: false,
			address: { email: 'work@canary.example', phone: null }
		});
		const { rows } = await database.pool.query<{ words_sealed: Buffer }>(
			'select words_sealed from restrictions where contact_id = $1',
			[id]
		);
		expect(Buffer.concat(rows.map((row) => row.words_sealed)).toString('latin1')).not.toMatch(/anary|home/);
		expect((await owner().rights.get({ id })).restrictions).toMatchObject([
			{ kind: 'address', email: 'work@canary.example', words: 'Not at home' },
			{ kind: 'marketing', words: 'Canary asked by phone', agreedBy: 'Maya', endedAt: null }
		]);
		await owner().rights.endRestriction({ id, restriction });
		expect((await loadRestrictions(app.pool, app.vault, [id])).get(id)?.marketing).toBe(false);
		await expect(owner().rights.endRestriction({ id, restriction })).rejects.toThrow(/ended already/);
		expect((await told()).map(({ action, details }) => [action, details['kind']])).toEqual([
			['restriction.agree', 'marketing'],
			['restriction.agree', 'address'],
			['contact.rights', undefined],
			['restriction.end', 'marketing']
		]);
	});

	test('is not agreed to twice, and another address needs one', async () => {
		const id = await patient('jan');
		const agree = { id, kind: 'text' as const, words: 'No texts please' };
		await owner().rights.restrict(agree);
		await expect(owner().rights.restrict(agree)).rejects.toThrow(/already/);
		await expect(owner().rights.restrict({ ...agree, kind: 'address' })).rejects.toThrow(
			/address or the number/
		);
		await expect(
			owner().rights.restrict({ ...agree, kind: 'email', email: 'a@b.example' })
		).rejects.toThrow();
	});
});

describe('the report of disclosures', () => {
	test('tells those of its days, at most six years, the oldest first', async () => {
		const id = await patient('kim');
		for (const at of ['2026-02-01T10:00:00Z', '2020-06-01T10:00:00Z', '2019-01-01T10:00:00Z'])
			await owner().rights.disclose({
				id,
				at,
				toWhom: `On ${at.slice(0, 10)}`,
				what: 'A result',
				purpose: 'court'
			});
		const whom = async (days: { from?: string; to?: string }) =>
			(await owner().rights.disclosures({ id, ...days })).disclosures.map(({ toWhom }) => toWhom);
		expect(await whom({})).toEqual(['On 2020-06-01', 'On 2026-02-01']);
		expect(await whom({ from: '2026-02-01', to: '2026-02-01' })).toEqual(['On 2026-02-01']);
		await expect(whom({ from: '2020-03-01', to: '2026-03-02' })).rejects.toThrow(/six years/);
		await expect(
			owner().rights.disclose({
				id,
				at: '2027-01-01T00:00:00Z',
				toWhom: 'Nobody',
				what: 'Nothing',
				purpose: 'other'
			})
		).rejects.toThrow(/still to come/);
	});
});

test.each(['marketer', 'manager', 'integrator', 'operator'] as const)(
	'a %s has no say in any of it',
	async (role) => {
		const { rights } = callAs(app, role).contacts;
		const id = 1;
		for (const call of [
			rights.get({ id }),
			rights.export({ id }),
			rights.placeHold({ id, words: 'because' }),
			rights.liftHold({ id, hold: 1 }),
			rights.restrict({ id, kind: 'email', words: 'because' }),
			rights.endRestriction({ id, restriction: 1 }),
			rights.disclose({ id, at: '2026-01-01T00:00:00Z', toWhom: 'Who', what: 'What', purpose: 'other' }),
			rights.disclosures({ id }),
			rights.erase({ id, reason: 'other', words: 'because' })
		])
			await expect(call).rejects.toThrow(/permission/);
	}
);
