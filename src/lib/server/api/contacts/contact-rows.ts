/** Reads what is not sealed of what happened to a contact, by an index each. The rest comes from `people/`. */
import type { Db } from '../../db/db.ts';

export interface ConsentRow {
	kind: 'marketing' | 'email' | 'text';
	topic: string | null;
	grantedAt: Date;
	expiresAt: Date | null;
	revokedAt: Date | null;
}

export async function listConsents(db: Db, contactId: number): Promise<ConsentRow[]> {
	const { rows } = await db.query<ConsentRow>(
		`select kind, topic, granted_at as "grantedAt", expires_at as "expiresAt", revoked_at as "revokedAt"
		from consents where contact_id = $1 order by granted_at desc, id desc`,
		[contactId]
	);
	return rows;
}

export interface SuppressionRow {
	scope: 'all' | 'marketing';
	reason: 'unsubscribed' | 'complained' | 'bounced' | 'manual';
	at: Date;
}

/** What stands against writing to a contact's address. */
export async function listSuppressions(db: Db, contactId: number): Promise<SuppressionRow[]> {
	const { rows } = await db.query<SuppressionRow>(
		`select s.scope, s.reason, s.created_at as at from suppressions s
		join contacts c on c.email_mark = s.email_mark where c.id = $1 order by s.created_at desc`,
		[contactId]
	);
	return rows;
}

export interface EnrollmentRow {
	id: number;
	slug: string;
	name: string;
	version: number;
	versionId: number;
	state: string;
	reason: string | null;
	enteredAt: Date;
	endedAt: Date | null;
	/** When something will move it next by time. */
	dueAt: Date | null;
}

/** The contact's enrollments, the newest first. */
export async function listEnrollments(db: Db, contactId: number): Promise<EnrollmentRow[]> {
	const { rows } = await db.query<EnrollmentRow>(
		`select e.id, j.slug, j.name, v.number as version, v.id as "versionId", e.state, e.reason,
			e.entered_at as "enteredAt", e.ended_at as "endedAt", e.due_at as "dueAt"
		from enrollments e
		join journeys j on j.id = e.journey_id
		join journey_versions v on v.id = e.version_id
		where e.id in (select k.enrollment_id from enrollment_keys k where k.contact_id = $1)
		order by e.entered_at desc, e.id desc`,
		[contactId]
	);
	return rows;
}

export interface MessageRow {
	id: number;
	enrollmentId: number;
	step: string;
	arrival: number;
	state: string;
	reason: string | null;
	decidedAt: Date | null;
	openedAt: Date | null;
	clickedAt: Date | null;
	machineAt: Date | null;
	unsubscribedAt: Date | null;
	bouncedAt: Date | null;
	caughtMailId: number | null;
}

export async function listMessages(db: Db, enrollmentIds: readonly number[]): Promise<MessageRow[]> {
	const { rows } = await db.query<MessageRow>(
		`select m.id, m.enrollment_id as "enrollmentId", m.step, m.arrival, m.state, m.reason, m.decided_at as "decidedAt",
			m.opened_at as "openedAt", m.clicked_at as "clickedAt", m.machine_at as "machineAt",
			m.unsubscribed_at as "unsubscribedAt", m.bounced_at as "bouncedAt",
			(select max(c.id) from caught_mails c where c.message_id = m.id) as "caughtMailId"
		from messages m
		where m.id in (select k.message_id from message_keys k where k.enrollment_id = any($1::bigint[]))`,
		[enrollmentIds]
	);
	return rows;
}
