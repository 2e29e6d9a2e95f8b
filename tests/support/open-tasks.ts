/** Open tasks of each kind, for tests of what is done about them rather than of how they came. */
import { routeBatch } from '../../src/lib/runtime/route.ts';
import { pumpLane } from '../../src/lib/runtime/pump.ts';
import type { callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { recordEvents } from '../../src/lib/server/ingest/record.ts';
import { draw } from './journey.ts';

type Api = ReturnType<typeof callerFor>;

/** Publishes a journey that asks an owner about `contactId`, brings them to the question, and gives its key. */
export async function openQuestion(app: App, api: Api, contactId: number): Promise<number> {
	const event = `ask.${contactId}`;
	const document = {
		...draw(
			{
				come: ['trigger.transactional', { event }],
				look: ['wait.approval', { by: 'owner', ask: 'Well, {{ trigger.why }}?', timeout: 'P1D' }]
			},
			['come -> look']
		),
		name: event
	};
	const { slug } = await api.journeys.create({ name: `Ask ${contactId}`, document });
	await api.journeys.publish({ slug });
	const now = app.clock.now();
	const told = { contactId, name: event, occurredAt: now, receivedAt: now, source: 'test' };
	await inTransaction(app.pool, (tx) =>
		recordEvents(tx, app.vault, [{ ...told, properties: { why: 'Jane Roe' } }])
	);
	while ((await routeBatch(app, now)) || (await pumpLane(app, 0)).enrollments) continue;
	return idOf(app, 'select id from approvals where contact_id = $1', contactId);
}

/** The same person stopped by an error where they are asked; gives the enrollment's key. */
export async function openFailure(app: App, api: Api, contactId: number): Promise<number> {
	await openQuestion(app, api, contactId);
	return idOf(
		app,
		`with stood as (
			select id, contact_id, jsonb_build_object('state', state, 'waitingFor', waiting_for, 'wake', wake, 'seq', seq,
				'visitCount', visit_count, 'arrivals', (
					select jsonb_object_agg(split_part(part, ':', 1), visits_of(visited, split_part(part, ':', 1))) from unnest(string_to_array(visited, ' ')) part
				), 'lastEventId', last_event_id) as was
			from enrollments where contact_id = $1
		), failed as (
			update enrollments e set state = 'failed', reason = 'internal error', ended_at = now(), waiting_for = null, due_at = null
			from stood where e.id = stood.id
		)
		insert into failures (enrollment_id, contact_id, failed_at, was) select id, contact_id, now(), was from stood
		returning enrollment_id as id`,
		contactId
	);
}

/** A message to the same person of which nobody knows whether it was sent; gives its key. */
export async function openHeld(app: App, api: Api, contactId: number): Promise<number> {
	await openQuestion(app, api, contactId);
	return idOf(
		app,
		`insert into messages (enrollment_id, version_id, step, arrival, contact_id, purpose, marketing, visit_at, state, reason)
		select id, version_id, step, 1, contact_id, 'operations', false, now(), 'unknown', 'sender-died'
		from enrollments where contact_id = $1 returning id`,
		contactId
	);
}

async function idOf({ pool }: App, text: string, contactId: number): Promise<number> {
	const { rows } = await pool.query<{ id: number }>(text, [contactId]);
	if (!rows[0]) throw new Error('The task did not come about.');
	return rows[0].id;
}
