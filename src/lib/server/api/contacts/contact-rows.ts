/** Reads contacts and what happened to them. By contact everything goes through an index. */
import type { Read } from '$lib/journey/index.ts';
import type { Db } from '../../db/db.ts';
import { ApiError } from '../errors.ts';

const PAGE = 50;
const EVENTS_SHOWN = 100;

export interface ContactLine {
	id: number;
	publicId: string;
	name: string | null;
	email: string | null;
	addedAt: Date;
	inside: number;
}

// The keys lead from a contact to its enrollments; the table itself has no index by contact, which the runtime would pay for.
const listStatement = `
	select c.id, c.public_id as "publicId", c.name, c.email, c.created_at as "addedAt", (
		select count(*) from enrollments e
		where e.id in (select k.enrollment_id from enrollment_keys k where k.contact_id = c.id)
			and e.state in ('active', 'waiting')
	)::int as inside
	from contacts c
	where ($1 = '' or c.public_id = $1 or c.name ilike $2 or c.email ilike $2) and ($3::bigint is null or c.id < $3)
	order by c.id desc
	limit $4`;

const totalStatement = `select count(*)::int as total,
		coalesce((select value ->> 'timezone' from settings where key = 'workspace'), 'UTC') as zone
	from contacts c
	where $1 = '' or c.public_id = $1 or c.name ilike $2 or c.email ilike $2`;

/** One page of people, the newest first; `search` is part of a name or address, or a whole id. */
export async function listContacts(
	db: Db,
	search: string,
	after: number | null
): Promise<{ rows: ContactLine[]; total: number; next: number | null; zone: string }> {
	const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
	const [found, counted] = [
		await db.query<ContactLine>(listStatement, [search, pattern, after, PAGE + 1]),
		await db.query<{ total: number; zone: string }>(totalStatement, [search, pattern])
	];
	const rows = found.rows.slice(0, PAGE);
	const next = found.rows.length > PAGE ? (rows.at(-1)?.id ?? null) : null;
	const { total, zone } = counted.rows[0] ?? { total: 0, zone: 'UTC' };
	return { rows, total, next, zone };
}

export interface ContactRow {
	id: number;
	publicId: string;
	name: string | null;
	email: string | null;
	phone: string | null;
	/** The contact's zone, else the workspace's, else UTC. */
	zone: string;
	timezone: string | null;
	attributes: Record<string, unknown>;
	addedAt: Date;
}

/** Throws ApiError `not-found`. */
export async function getContact(db: Db, id: number): Promise<ContactRow> {
	const { rows } = await db.query<ContactRow>(
		`select id, public_id as "publicId", name, email, phone, timezone, attributes, created_at as "addedAt",
			coalesce(timezone, (select value ->> 'timezone' from settings where key = 'workspace'), 'UTC') as zone
		from contacts where id = $1`,
		[id]
	);
	if (!rows[0]) throw new ApiError('not-found', 'There is no such person.');
	return rows[0];
}

export interface AttributeRow {
	key: string;
	label: string;
	type: 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';
	phi: boolean;
}

export async function listAttributes(db: Db): Promise<AttributeRow[]> {
	const { rows } = await db.query<AttributeRow>(
		'select key, label, type, phi from attributes order by label, key'
	);
	return rows;
}

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

export async function listSuppressions(db: Db, email: string | null): Promise<SuppressionRow[]> {
	if (email === null) return [];
	const { rows } = await db.query<SuppressionRow>(
		'select scope, reason, created_at as at from suppressions where email = lower($1) order by created_at desc',
		[email]
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

export interface PathRow {
	enrollmentId: number;
	at: Date;
	firstAt: Date;
	continues: boolean;
	steps: string[];
	outcomes: (string | null)[];
	reasons: (string | null)[] | null;
	reads: (Read[] | null)[] | null;
}

/** What each wake of the enrollments passed, in order. */
export async function listPaths(db: Db, enrollmentIds: number[]): Promise<PathRow[]> {
	const { rows } = await db.query<PathRow>(
		`select enrollment_id as "enrollmentId", at, first_at as "firstAt", continues, steps, outcomes, reasons, reads
		from step_paths where enrollment_id = any($1::bigint[]) order by enrollment_id, seq`,
		[enrollmentIds]
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

export async function listMessages(db: Db, enrollmentIds: number[]): Promise<MessageRow[]> {
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

export interface EventRow {
	id: number;
	name: string;
	occurredAt: Date;
	properties: Record<string, unknown>;
}

/** The contact's newest events, at most 100. */
export async function listEvents(db: Db, contactId: number): Promise<EventRow[]> {
	const { rows } = await db.query<EventRow>(
		`select id, name, occurred_at as "occurredAt", properties from events
		where contact_id = $1 order by occurred_at desc, id desc limit $2`,
		[contactId, EVENTS_SHOWN]
	);
	return rows;
}

/** One event of the contact. Throws ApiError `not-found`. */
export async function getEvent(db: Db, contactId: number, eventId: number): Promise<EventRow> {
	const { rows } = await db.query<EventRow>(
		`select id, name, occurred_at as "occurredAt", properties from events where contact_id = $1 and id = $2`,
		[contactId, eventId]
	);
	if (!rows[0]) throw new ApiError('not-found', 'There is no such event.');
	return rows[0];
}
