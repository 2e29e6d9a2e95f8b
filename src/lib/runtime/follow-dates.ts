/** A wait on an attribute follows it (§3): when the date is another, the wait ends at another time, or by `past`. */
import { replan, type EnrollmentState, type World } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import type { LockedContact } from './inside.ts';
import { loadPlans, type VersionPlan } from './plans.ts';
import { loadWorkspaceFacts, type WorkspaceFacts } from './workspace.ts';

interface Row {
	id: number;
	contact_id: number;
	version_id: number;
	step: string;
	arrived_at: Date;
}

/** Plans the open waits of these contacts anew, who are locked. `now` in ms since 1970. */
export async function followDates(
	tx: Tx,
	scope: object,
	contacts: readonly LockedContact[],
	now: number
): Promise<void> {
	const { rows } = await tx.query<Row>(
		`select e.id, e.contact_id, e.version_id, e.step, e.arrived_at
		 from (select distinct contact_id, enrollment_id from enrollment_keys where contact_id = any($1)) k
		 join enrollments e on e.id = k.enrollment_id
		 where e.state = 'waiting' and e.waiting_for = 'time' order by e.id for no key update of e`,
		[contacts.map((contact) => contact.id)]
	);
	if (!rows.length) return;
	const contactById = new Map(contacts.map((contact) => [contact.id, contact]));
	const workspace = await loadWorkspaceFacts(tx);
	const plans = await loadPlans(
		tx,
		scope,
		rows.map((row) => row.version_id)
	);
	const moved = rows.flatMap((row) => {
		const end = endOf(row, plans.get(row.version_id), contactById.get(row.contact_id), workspace, now);
		return end ? [{ id: row.id, ...end }] : [];
	});
	await tx.query(
		`update enrollments e set due_at = u.at, wake = u.wake
		 from unnest($1::bigint[], $2::timestamptz[], $3::jsonb[]) as u (id, at, wake) where e.id = u.id`,
		[
			moved.map((each) => each.id),
			moved.map((each) => new Date(each.at)),
			moved.map((each) => (each.outcome === 'past' ? JSON.stringify({ kind: 'due', outcome: 'past' }) : null))
		]
	);
}

function endOf(
	row: Row,
	version: VersionPlan | undefined,
	contact: LockedContact | undefined,
	workspace: WorkspaceFacts,
	now: number
): ReturnType<typeof replan> {
	const step = version?.plan.steps[row.step];
	if (!version || !contact || step?.kind !== 'wait.until' || !step.config.date) return null;
	// A date of the event that let them in never changes.
	if (step.config.date.startsWith('trigger.')) return null;
	const state: EnrollmentState = {
		step: row.step,
		arrivedAt: row.arrived_at.getTime(),
		arrivals: {},
		visitCount: 0,
		enteredAt: 0,
		trigger: {},
		standing: true
	};
	return replan(version.plan, state, worldFor(contact, workspace), now);
}

function worldFor(contact: LockedContact, workspace: WorkspaceFacts): World {
	return {
		...workspace,
		contact: contact.fact,
		events: [],
		messages: [],
		consents: [],
		suppressions: [],
		marketingSentAt: []
	};
}
