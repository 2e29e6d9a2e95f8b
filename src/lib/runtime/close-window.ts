/** The window between a batch's reading of events and the commit of the waits that it begins. */
import type { EventFact } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import { awaitedEvent, endsWait } from './approvals.ts';
import { eventFrom, type EventRow } from './fact-rows.ts';
import { lastEventOf, type Move } from './move.ts';

/**
 * A new wait could miss an event that the router already looked at, between this batch's reading and its commit. The
 * contact has been locked since the claim, and the router locks it before it looks: so what it routed by now is visible
 * here, and what it routes later will find the wait. An event of the arrival's own instant was routed before it and is
 * older; one that set the enrollment going would have held the next one back.
 */
export async function closeWindow(tx: Tx, vault: Vault, moves: Move[]): Promise<void> {
	const waiting = moves.filter((move) => awaitedEvent(move) !== null);
	if (!waiting.length) return;
	const { rows } = await tx.query<EventRow>(
		`select e.contact_id, e.id, e.name, e.occurred_at, e.properties, e.sealed from events e
		 join unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[]) as w (contact_id, name, after_id, arrived_at)
		 on e.contact_id = w.contact_id and e.name = w.name and e.id > w.after_id and e.received_at > w.arrived_at
		 where not exists (select 1 from event_queue q where q.event_id = e.id)
		 order by e.id`,
		[
			waiting.map((move) => move.claimed.contactId),
			waiting.map(awaitedEvent),
			waiting.map(lastEventOf),
			waiting.map((move) => new Date(move.result.arrivedAt))
		]
	);
	const keys = await vault.keysToOpen(rows.filter((row) => row.sealed).map((row) => row.contact_id));
	for (const row of rows) {
		const event = eventFrom(keys, row);
		for (const move of waiting)
			if (move.claimed.contactId === row.contact_id && !move.happened && catches(move, event))
				move.happened = event;
	}
}

function catches(move: Move, event: EventFact): boolean {
	if (awaitedEvent(move) !== event.name || event.id <= lastEventOf(move)) return false;
	const { claimed, result, version } = move;
	const wait = {
		enrollmentId: claimed.id,
		step: result.step,
		trigger: claimed.state.trigger,
		arrivedAt: result.arrivedAt,
		afterEventId: lastEventOf(move),
		dueAt: result.dueAt,
		zone: claimed.contact.timezone
	};
	return endsWait(version.plan, wait, event);
}
