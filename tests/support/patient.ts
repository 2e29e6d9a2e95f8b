/** A patient with a trace in every table, and a word in each that nobody else has. */
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { recordEvents } from '../../src/lib/server/ingest/record.ts';
import { sealNotice, sealRequest } from '../../src/lib/server/people/outgoing.ts';
import { sealMail } from '../../src/lib/server/people/caught.ts';
import { sealQuestion, sealReads, sealTrigger } from '../../src/lib/server/people/payloads.ts';
import type { TestDatabase } from './database.ts';
import { addContact } from './people.ts';

export interface CareJourney {
	id: number;
	version: number;
}

const document = {
	format: 'stepwell.journey/1',
	name: 'Care',
	settings: { reentry: { when: 'always' }, timezone: 'Pacific/Kiritimati' },
	steps: [
		{ id: 's', kind: 'trigger.api', config: { name: 'care', payload: { type: 'object' } } },
		{ id: 'd', kind: 'wait.for', config: { duration: 'P1D' } },
		{ id: 'w', kind: 'wait.for', config: { duration: 'P1D' } },
		{ id: 'm', kind: 'send.email', config: { template: 'care', purpose: 'treatment' } },
		{ id: 'end', kind: 'exit', config: {} }
	],
	edges: [
		{ from: 's', outcome: 'next', to: 'd' },
		{ from: 'd', outcome: 'next', to: 'w' },
		{ from: 'w', outcome: 'next', to: 'm' },
		{ from: 'm', outcome: 'next', to: 'end' }
	]
};

/** A live journey of a zone where it is tomorrow, `care`. */
export async function makeCareJourney({ pool }: Pick<TestDatabase, 'pool'>): Promise<CareJourney> {
	const { rows } = await pool.query<CareJourney>(
		`with j as (insert into journeys (slug, name, state, draft) values ('care', 'Care', 'live', $1) returning id)
		insert into journey_versions (journey_id, number, document, plan)
		select id, 1, $1, '{"settings":{"timezone":"Pacific/Kiritimati"}}' from j returning journey_id as id, id as version`,
		[document]
	);
	const [made] = rows;
	if (!made) throw new Error('No journey was made.');
	await pool.query('update journeys set live_version_id = $2 where id = $1', [made.id, made.version]);
	return made;
}

/** The word is `canary-…-<id>`: in the name, the address, an attribute, an event, an entry, a decision, a question and a mail. */
export async function makePatient(
	database: TestDatabase,
	journey: CareJourney,
	now: number,
	id: string,
	more: { consents?: boolean } = {}
): Promise<number> {
	const { pool, vault } = database;
	const contact = await addContact(database, {
		id,
		name: `Canary ${id}`,
		email: `${id}@canary.example`,
		attributes: { diagnosis: `canary-dx-${id}` },
		...(more.consents && { consents: [{ kind: 'marketing', grantedAt: now }] })
	});
	const key = (await vault.keysToSeal([contact])).get(contact);
	await inTransaction(pool, (tx) =>
		recordEvents(tx, vault, [
			{
				contactId: contact,
				name: 'lab.ready',
				source: 'api:k',
				key: `canary-key-${id}`,
				properties: { result: `canary-result-${id}` },
				occurredAt: now,
				receivedAt: now
			}
		])
	);
	const enrollment = contact * 100;
	await pool.query(
		`insert into enrollments (id, contact_id, journey_id, version_id, state, step, arrived_at, waiting_for, due_at, trigger_sealed, entered_at)
		overriding system value values ($1, $2, $3, $4, 'waiting', 'w', '2026-03-01T20:00:00Z', 'time', now(), $5, now())`,
		[
			enrollment,
			contact,
			journey.id,
			journey.version,
			sealTrigger(key, enrollment, { result: `canary-trigger-${id}` }).sealed
		]
	);
	await pool.query(`insert into enrollment_keys values ($1, $2, 'once', $3)`, [
		contact,
		journey.id,
		enrollment
	]);
	await pool.query(
		`insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reads_sealed)
		values ($1, 0, $2, $3, now(), now(), false, '{d,w}', '{yes,null}', $4)`,
		[
			enrollment,
			journey.version,
			contact,
			sealReads(key, enrollment, 0, [
				[{ what: 'attribute:diagnosis', value: `canary-read-${id}`, phi: true, holds: true }],
				null
			])
		]
	);
	await pool.query(
		`insert into messages (id, enrollment_id, version_id, step, arrival, contact_id, purpose, marketing, visit_at, state)
		overriding system value values ($1, $1, $2, 'm', 1, $3, 'treatment', false, now(), 'queued')`,
		[enrollment, journey.version, contact]
	);
	await pool.query(`insert into message_keys values ($1, 'm', 1, $1)`, [enrollment]);
	await pool.query(
		`insert into message_attempts (message_id, attempt, started_at, outcome, response) values ($1, 1, now(), 'deferred', $2)`,
		[enrollment, `450 <${id}@canary.example> busy`]
	);
	await pool.query(
		`insert into refusals (journey_id, version_id, step, contact_id, at, reason) values ($1, $2, 's', $3, now(), 'once')`,
		[journey.id, journey.version, contact]
	);
	await pool.query(`insert into planned_entries values ($1, 's', $2, '2026', now())`, [journey.id, contact]);
	await pool.query(`insert into held_events values ($1, $2, 1, now())`, [contact, journey.id]);
	await pool.query(
		`insert into set_aside (kind, contact_id, event_id, received_at, reason, at, tries)
		values ('event', $1, $1, now(), 'person-unreadable', now(), 1)`,
		[contact]
	);
	await pool.query(`insert into event_waits values ($1, 'x', $2, $3, 'w', now())`, [
		contact,
		enrollment,
		journey.version
	]);
	await pool.query(
		`insert into approvals (id, contact_id, enrollment_id, step, arrival, decides, asked_sealed, asked_at)
		values ($1, $1, $2, 'w', 1, '{owner}', $3, now())`,
		[contact, enrollment, sealQuestion(key, contact, `canary-question-${id}`)]
	);
	await pool.query(`insert into failures values ($1, $2, now())`, [enrollment, contact]);
	await pool.query(`insert into segments (slug, name) values ('all', 'All') on conflict do nothing`);
	await pool.query(`insert into segment_members values ('all', $1)`, [contact]);
	await pool.query(
		`insert into notices (id, enrollment_id, version_id, step, arrival, contact_id, recipient, visit_at, sealed)
		values ($1, $2, $3, 'w', 1, $1, 'team@clinic.example', now(), $4)`,
		[contact, enrollment, journey.version, sealNotice(key, contact, `canary-note-${id}`)]
	);
	const request = { url: 'https://lab.example', method: 'POST', headers: {}, body: `canary-call-${id}` };
	await pool.query(
		`insert into webhook_calls (id, enrollment_id, version_id, step, arrival, contact_id, visit_at, request)
		values ($1, $2, $3, 'w', 1, $1, now(), $4)`,
		[contact, enrollment, journey.version, sealRequest(key, contact, request)]
	);
	const head = { from: 'care@clinic.example', to: [`${id}@canary.example`], subject: `canary-subject-${id}` };
	const mail = await sealMail(vault, contact, contact, { head, raw: Buffer.from(`canary-body-${id}`) });
	await pool.query(
		`insert into caught_mails (id, contact_id, caught_at, head, sealed) overriding system value values ($1, $1, now(), $2, $3)`,
		[contact, mail.head, mail.sealed]
	);
	return contact;
}
