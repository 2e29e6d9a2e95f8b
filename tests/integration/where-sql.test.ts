/** A condition in memory and as SQL gives the same people, on the oldest and on the newest PostgreSQL. */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, firstZone, type MessageFact, type Where } from '../../src/lib/journey/index.ts';
import { countToSql, whereToSql } from '../../src/lib/journey/where/sql/where-to-sql.ts';
import { fold } from '../../src/lib/journey/text.ts';
import { parseDay, parseInstant } from '../../src/lib/journey/zone.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres15 } from '../support/postgres-15.ts';
import { NOW, TYPES, ZONES, personArb, whereArb, type DrawnPerson } from '../support/where-arbitrary.ts';

const PEOPLE = 40;
const RUNS = 60;
const CONDITIONS_A_RUN = 8;
const WORKSPACE_ZONE = 'America/New_York';
const LINKS = ['https://clinic.test/a', 'https://clinic.test/b'];
const segments: Record<string, Where | null> = {
	high: { attribute: 'size', op: '>', value: 1 },
	nested: { all: [{ not: { segment: 'high' } }, { event: { name: 'order', within: 'P7D' } }] },
	kept: null
};
const context = {
	now: NOW,
	attributeTypes: TYPES,
	segments,
	workspaceTimezone: WORKSPACE_ZONE,
	zones: ZONES
};
const tables =
	'contacts, events, messages, message_keys, enrollment_keys, engagements, consents, segments, segment_members, templates, template_versions';

const date = (at: number | null) => (at === null ? null : new Date(at));

/** Puts people into an emptied database; the inner ids are 1, 2, 3 and so on. */
async function seed(pool: pg.Pool, people: DrawnPerson[]): Promise<void> {
	await pool.query(`truncate ${tables} restart identity cascade`);
	await pool.query(`insert into segments (slug, name) values ('kept', 'Kept')`);
	await pool.query(`insert into templates (slug, name) values ('t', 'T')`);
	await pool.query(
		`insert into template_versions (template_id, number, subject, blocks, compiled) values (1, 1, 'S', '[]', $1)`,
		[JSON.stringify({ links: LINKS })]
	);
	await pool.query(
		`insert into contacts (public_id, timezone, attributes) select * from unnest($1::text[], $2::text[], $3::jsonb[])`,
		[
			people.map((_, n) => `p${n + 1}`),
			people.map((each) => each.timezone),
			people.map((each) => JSON.stringify(each.attributes))
		]
	);
	const owned = <T>(of: (person: DrawnPerson) => T[]) =>
		people.flatMap((person, n) => of(person).map((each) => ({ id: n + 1, ...each })));
	const events = owned((person) => person.events);
	await pool.query(
		`insert into events (contact_id, name, properties, occurred_at, received_at, source)
		 select i.contact_id, i.name, i.properties, i.at, i.at, 'test' from unnest($1::bigint[], $2::text[], $3::jsonb[], $4::timestamptz[]) as i (contact_id, name, properties, at)`,
		[
			events.map((each) => each.id),
			events.map((each) => each.name),
			events.map((each) => JSON.stringify(each.properties)),
			events.map((each) => date(each.occurredAt))
		]
	);
	const consents = owned((person) => person.consents);
	await pool.query(
		`insert into consents (contact_id, kind, topic, granted_at, expires_at, revoked_at, source)
		 select *, 'test' from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])`,
		[
			consents.map((each) => each.id),
			consents.map((each) => each.kind),
			consents.map((each) => each.topic),
			consents.map((each) => date(each.grantedAt)),
			consents.map((each) => date(each.expiresAt)),
			consents.map((each) => date(each.revokedAt))
		]
	);
	await pool.query(`insert into segment_members (segment, contact_id) select 'kept', unnest($1::bigint[])`, [
		people.flatMap((person, n) => (person.kept ? [n + 1] : []))
	]);
	await seedMessages(
		pool,
		owned((person) => person.messages)
	);
}

async function seedMessages(
	pool: pg.Pool,
	messages: (DrawnPerson['messages'][number] & { id: number })[]
): Promise<void> {
	const column = <T>(of: (message: (typeof messages)[number], n: number) => T) => messages.map(of);
	// Each message has an enrollment of its own, of the same number.
	const numbers = column((_, n) => n + 1);
	await pool.query(
		`insert into messages (enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, visit_at, state, decided_at, opened_at, clicked_at, bounced_at)
		 select i.n, 1, i.step, 1, i.contact_id, 1, 'operations', false, now(), i.state, i.sent_at, i.opened_at, i.clicked_at, i.bounced_at
		 from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])
			as i (n, step, contact_id, state, sent_at, opened_at, clicked_at, bounced_at) order by i.n`,
		[
			numbers,
			column((each) => each.step),
			column((each) => each.id),
			column((each) => (each.sentAt === null ? 'queued' : 'sent')),
			column((each) => date(each.sentAt)),
			column((each) => date(each.openedAt)),
			column((each) => date(each.clickedAt)),
			column((each) => date(each.bouncedAt))
		]
	);
	await pool.query(
		`insert into message_keys (enrollment_id, step, arrival, message_id) select enrollment_id, step, 1, id from messages`
	);
	await pool.query(
		`insert into enrollment_keys (contact_id, journey_id, key, enrollment_id) select contact_id, 1, 'e' || enrollment_id, enrollment_id from messages`
	);
	await pool.query(
		`insert into engagements (message_id, kind, link, at, machine) select i.n, 'click', i.link, now(), false from unnest($1::bigint[], $2::int[]) as i (n, link) where i.link is not null`,
		[numbers, column((each) => (each.clickedAt === null ? null : each.link))]
	);
}

function isIn(where: Where, person: DrawnPerson): boolean {
	const zone = firstZone(person.timezone, WORKSPACE_ZONE);
	const events = person.events.map((event, id) => ({ id, ...event }));
	const messages = person.messages.map(
		({ step, sentAt, openedAt, clickedAt, bouncedAt, link }): MessageFact => ({
			step,
			sentAt,
			deliveredAt: bouncedAt === null ? sentAt : null,
			openedAt,
			clickedAt,
			bouncedAt,
			links: clickedAt !== null && link !== null ? [LINKS[link] ?? ''] : []
		})
	);
	const kept = person.kept ? ['kept'] : [];
	return evaluate(
		where,
		{
			contact: { attributes: person.attributes },
			zone,
			attributeTypes: TYPES,
			trigger: {},
			events,
			messages,
			consents: person.consents,
			segments: { conditions: segments, kept, events, messages, zone }
		},
		NOW
	);
}

async function idsOf(pool: pg.Pool, where: Where): Promise<number[]> {
	const { rows } = await pool.query<{ id: number }>(whereToSql(where, context));
	return rows.map((row) => row.id).sort((one, other) => one - other);
}

const servers: [string, () => Promise<TestDatabase>, number][] = [
	['PostgreSQL 18', cloneDatabase, 18],
	['PostgreSQL 15', startPostgres15, 15]
];

describe.each(servers)('%s', (_, open, major) => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await open();
	});
	afterAll(() => database.drop());

	test('is what it says', async () => {
		const { rows } = await database.pool.query<{ server_version_num: string }>('show server_version_num');
		expect(Math.floor(Number(rows[0]?.server_version_num) / 10_000)).toBe(major);
	});

	test('the same people fulfil a condition in memory and in SQL', async () => {
		let some = 0;
		const property = fc.asyncProperty(
			fc.array(personArb, { minLength: 5, maxLength: PEOPLE }),
			fc.array(whereArb, { minLength: CONDITIONS_A_RUN, maxLength: CONDITIONS_A_RUN }),
			async (people, conditions) => {
				await seed(database.pool, people);
				for (const where of conditions) {
					const wanted = people.flatMap((person, n) => (isIn(where, person) ? [n + 1] : []));
					expect(await idsOf(database.pool, where), JSON.stringify(where)).toEqual(wanted);
					if (wanted.length > 0 && wanted.length < people.length) some++;
				}
			}
		);
		await fc.assert(property, { numRuns: RUNS, endOnFailure: false });
		expect(some).toBeGreaterThan(RUNS);
	}, 120_000);

	test('text folds alike, letter by letter', async () => {
		const letters: string[] = [];
		for (let point = 1; point <= 0x1ffff; point++) {
			if (point < 0xd800 || point > 0xdfff) letters.push(`a${String.fromCodePoint(point)}`);
		}
		const { rows } = await database.pool.query<{ folded: string[] }>(
			'select array_agg(fold_text(letter) order by n) as folded from unnest($1::text[]) with ordinality as i (letter, n)',
			[letters]
		);
		const wrong = letters.filter((letter, n) => fold(letter) !== rows[0]?.folded[n]);
		// A server of an older Unicode knows fewer marks to compose; letters that it does not know stay as they are.
		expect(
			wrong.length,
			wrong
				.slice(0, 20)
				.map((letter) => letter.codePointAt(1)?.toString(16))
				.join()
		).toBeLessThan(120);
	});

	test('dates and instants are read alike', async () => {
		const property = fc.asyncProperty(
			fc.array(
				fc.oneof(
					fc.stringMatching(/^[0-9]{4}-[01][0-9]-[0-3][0-9]$/),
					fc.stringMatching(
						/^20[0-9]{2}-0[1-9]-[0-2][0-9][Tt][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,8})?)?([Zz]|[+-][0-2][0-9]:[0-6][0-9])$/
					),
					fc.string()
				),
				{ minLength: 200, maxLength: 200 }
			),
			async (drawn) => {
				const texts = drawn.map((text) => text.replaceAll('\0', '').toWellFormed());
				const { rows } = await database.pool.query<{ day: number | null; instant: number | null }>(
					'select read_day(text) as day, read_instant(text)::float8 as instant from unnest($1::text[]) with ordinality as i (text, n) order by n',
					[texts]
				);
				expect(rows.map(({ day }) => (day === null ? null : day * 86_400_000))).toEqual(texts.map(parseDay));
				expect(rows.map(({ instant }) => instant)).toEqual(texts.map(parseInstant));
			}
		);
		await fc.assert(property, { numRuns: 20 });
	});

	test('a value is never spliced into the statement', async () => {
		const sly = `'); drop table contacts; --`;
		const where: Where = {
			any: [
				{ attribute: 'word', op: '=', value: sly },
				{ attribute: 'word', op: 'matches', value: `\\'\\)` },
				{ event: { name: sly, where: [{ property: sly, op: 'contains', value: sly }] } },
				{ message: { was: 'clicked', link: sly } }
			]
		};
		const { text } = whereToSql(where, context);
		expect(text).not.toContain('drop');
		const { rows } = await database.pool.query<{ count: string }>(countToSql(where, context));
		expect(Number(rows[0]?.count)).toBe(0);
	});
});
