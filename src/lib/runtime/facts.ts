/** What the conditions and the gate of a batch ask about: one query for each kind of fact, for all its people at once. */
import type { ConsentFact, EventFact, MessageFact, Plan, World } from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';

export interface FactQuestion {
	contactId: number;
	/** Null where there is no enrollment yet, as for a trigger's condition. */
	enrollmentId: number | null;
	email: string | null;
	plan: Plan;
}

export interface Facts {
	events: Map<number, EventFact[]>;
	consents: Map<number, ConsentFact[]>;
	suppressions: Map<string, World['suppressions']>;
	marketingSentAt: Map<number, number[]>;
	/** By enrollment. */
	messages: Map<number, MessageFact[]>;
}

/** Whether a plan has steps that send, which need the gate's facts. */
export function sends(plan: Plan): boolean {
	return Object.values(plan.steps).some((step) => step.kind === 'send.email');
}

const sendsByPlan = new WeakMap<Plan, boolean>();
function sendsCached(plan: Plan): boolean {
	let known = sendsByPlan.get(plan);
	if (known === undefined) sendsByPlan.set(plan, (known = sends(plan)));
	return known;
}

/** Loads the facts that the plans read, and no others. `now` in ms since 1970. */
export async function loadFacts(db: Db, questions: readonly FactQuestion[], now: number): Promise<Facts> {
	const names = new Set<string>();
	const asking = {
		events: new Set<number>(),
		consents: new Set<number>(),
		emails: new Set<string>(),
		capped: new Set<number>(),
		messages: new Set<number>()
	};
	for (const { plan, contactId, enrollmentId, email } of questions) {
		for (const name of plan.reads.events) names.add(name);
		if (plan.reads.events.length) asking.events.add(contactId);
		const gated = sendsCached(plan);
		if (gated || plan.reads.consents) asking.consents.add(contactId);
		if (gated && email) asking.emails.add(email.toLowerCase());
		if (plan.reads.marketing) asking.capped.add(contactId);
		if (plan.reads.messages && enrollmentId !== null) asking.messages.add(enrollmentId);
	}
	return {
		events: await eventsOf(db, [...asking.events], [...names]),
		consents: await consentsOf(db, [...asking.consents]),
		suppressions: await suppressionsOf(db, [...asking.emails]),
		marketingSentAt: await marketingSentTo(db, [...asking.capped], now),
		messages: await messagesOf(db, [...asking.messages])
	};
}

/** The world as one enrollment sees it. */
export function worldOf(
	facts: Facts,
	contact: World['contact'],
	contactId: number,
	enrollmentId: number | null,
	workspaceTimezone: string
): World {
	return {
		contact,
		workspaceTimezone,
		events: facts.events.get(contactId) ?? [],
		messages: (enrollmentId !== null && facts.messages.get(enrollmentId)) || [],
		consents: facts.consents.get(contactId) ?? [],
		suppressions: (contact.email && facts.suppressions.get(contact.email.toLowerCase())) || [],
		marketingSentAt: facts.marketingSentAt.get(contactId) ?? []
	};
}

const time = (value: Date | null) => value?.getTime() ?? null;

function groupBy<Row, Key, Value>(
	rows: Row[],
	keyOf: (row: Row) => Key,
	valueOf: (row: Row) => Value
): Map<Key, Value[]> {
	const groups = new Map<Key, Value[]>();
	for (const row of rows) {
		const key = keyOf(row);
		const group = groups.get(key);
		if (group) group.push(valueOf(row));
		else groups.set(key, [valueOf(row)]);
	}
	return groups;
}

async function eventsOf(db: Db, contactIds: number[], names: string[]): Promise<Facts['events']> {
	if (!contactIds.length) return new Map();
	const any = names.includes('*');
	const { rows } = await db.query<{
		contact_id: number;
		id: number;
		name: string;
		occurred_at: Date;
		properties: Record<string, unknown>;
	}>(
		`select contact_id, id, name, occurred_at, properties from events where contact_id = any($1) and ($3 or name = any($2))`,
		[contactIds, names, any]
	);
	return groupBy(
		rows,
		(row) => row.contact_id,
		(row) => ({
			id: row.id,
			name: row.name,
			occurredAt: row.occurred_at.getTime(),
			properties: row.properties
		})
	);
}

async function consentsOf(db: Db, contactIds: number[]): Promise<Facts['consents']> {
	if (!contactIds.length) return new Map();
	const { rows } = await db.query<{
		contact_id: number;
		kind: ConsentFact['kind'];
		topic: string | null;
		granted_at: Date;
		expires_at: Date | null;
		revoked_at: Date | null;
	}>(
		`select contact_id, kind, topic, granted_at, expires_at, revoked_at from consents where contact_id = any($1)`,
		[contactIds]
	);
	return groupBy(
		rows,
		(row) => row.contact_id,
		(row) => ({
			kind: row.kind,
			topic: row.topic,
			grantedAt: row.granted_at.getTime(),
			expiresAt: time(row.expires_at),
			revokedAt: time(row.revoked_at)
		})
	);
}

async function suppressionsOf(db: Db, emails: string[]): Promise<Facts['suppressions']> {
	if (!emails.length) return new Map();
	const { rows } = await db.query<World['suppressions'][number] & { email: string }>(
		`select email, scope, reason from suppressions where email = any($1)`,
		[emails]
	);
	return groupBy(
		rows,
		(row) => row.email,
		(row) => ({ scope: row.scope, reason: row.reason })
	);
}

const LONGEST_CAP_MS = 370 * 86_400_000;

async function marketingSentTo(db: Db, contactIds: number[], now: number): Promise<Facts['marketingSentAt']> {
	if (!contactIds.length) return new Map();
	const { rows } = await db.query<{ contact_id: number; at: Date }>(
		`select m.contact_id, coalesce(m.decided_at, m.visit_at) as at
		 from enrollment_keys k join message_keys mk on mk.enrollment_id = k.enrollment_id join messages m on m.id = mk.message_id
		 where k.contact_id = any($1) and m.marketing and m.state in ('queued', 'sending', 'sent', 'unknown') and m.visit_at > $2
		 group by m.id`,
		[contactIds, new Date(now - LONGEST_CAP_MS)]
	);
	return groupBy(
		rows,
		(row) => row.contact_id,
		(row) => row.at.getTime()
	);
}

async function messagesOf(db: Db, enrollmentIds: number[]): Promise<Facts['messages']> {
	if (!enrollmentIds.length) return new Map();
	const { rows } = await db.query<{
		enrollment_id: number;
		step: string;
		sent_at: Date | null;
		opened_at: Date | null;
		clicked_at: Date | null;
		bounced_at: Date | null;
	}>(
		`select k.enrollment_id, m.step, case when m.state = 'sent' then m.decided_at end as sent_at, m.opened_at, m.clicked_at, m.bounced_at
		 from message_keys k join messages m on m.id = k.message_id where k.enrollment_id = any($1)`,
		[enrollmentIds]
	);
	return groupBy(
		rows,
		(row) => row.enrollment_id,
		(row) => ({
			step: row.step,
			sentAt: time(row.sent_at),
			deliveredAt: row.bounced_at ? null : time(row.sent_at),
			openedAt: time(row.opened_at),
			clickedAt: time(row.clicked_at),
			bouncedAt: time(row.bounced_at)
		})
	);
}
