/** People of a test in the tables that conditions look at, and the same people as facts in memory. */
import type pg from 'pg';
import { evaluate, firstZone, type MessageFact, type Where } from '../../src/lib/journey/index.ts';
import type { SqlContext } from '../../src/lib/journey/where/sql/where-to-sql.ts';
import type { DrawnPerson } from './where-arbitrary.ts';

const LINKS = ['https://clinic.test/a', 'https://clinic.test/b'];
const TABLES =
	'contacts, events, messages, message_keys, enrollment_keys, engagements, consents, segments, segment_members, templates, template_versions';

const date = (at: number | null) => (at === null ? null : new Date(at));

/** Puts people into an emptied database; the inner ids are 1, 2, 3 and so on. */
export async function seed(pool: pg.Pool, people: DrawnPerson[]): Promise<void> {
	await pool.query(`truncate ${TABLES} restart identity cascade`);
	await pool.query(`insert into segments (slug, name) values ('kept', 'Kept')`);
	await pool.query(`insert into templates (slug, name) values ('t', 'T')`);
	await pool.query(
		`insert into template_versions (template_id, number, subject, blocks, compiled) values (1, 1, 'S', '[]', $1)`,
		[JSON.stringify({ links: LINKS })]
	);
	await pool.query(
		`insert into contacts (public_id_mark, timezone, attributes) select convert_to(id, 'UTF8'), timezone, attributes from unnest($1::text[], $2::text[], $3::jsonb[]) as i (id, timezone, attributes)`,
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

/** Whether a condition holds for a person in memory. */
export function isIn(where: Where, person: DrawnPerson, context: SqlContext): boolean {
	const { now, attributeTypes, segments, journeyTimezone, workspaceTimezone } = context;
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
	return evaluate(
		where,
		{
			// What JSON can't keep, such as the sign of a zero, is not in the tables either.
			contact: { attributes: JSON.parse(JSON.stringify(person.attributes)) as Record<string, unknown> },
			zone: firstZone(person.timezone, journeyTimezone, workspaceTimezone),
			attributeTypes,
			trigger: {},
			events,
			messages,
			consents: person.consents,
			segments: {
				conditions: segments,
				kept: person.kept ? ['kept'] : [],
				events,
				messages,
				zone: firstZone(person.timezone, workspaceTimezone)
			}
		},
		now
	);
}
