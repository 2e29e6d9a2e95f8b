/** Everything that is kept about one person, opened, for the person to have (45 CFR 164.524). */
import type { Store } from '../app.ts';
import type { Db } from '../db/db.ts';
import { openHeads, openMail, type CaughtColumns } from './caught.ts';
import { uncover } from './covered.ts';
import { listDisclosures } from './disclosures.ts';
import { openProperties, openQuestion, openReads, openTrigger } from './payloads.ts';
import { noticesOf, requestsOf } from './export-outgoing.ts';
import { getPerson } from './person.ts';
import { loadAttributes } from './registry.ts';
import { listRestrictions } from './restrictions.ts';

/** Rises when what a reader must know of the file changes. */
const FORMAT = 1;

/** A JSON value; instants are ISO 8601 texts. Throws ApiError `not-found` and `person.unreadable`. */
export async function exportPerson(store: Store, id: number, now: number): Promise<Record<string, unknown>> {
	const { pool, vault } = store;
	const person = await getPerson(store, id);
	const { publicId, name, email, phone, timezone, attributes } = uncover(person.facts);
	return {
		format: FORMAT,
		exportedAt: new Date(now).toISOString(),
		person: { id, publicId, name, email, phone, timezone, addedAt: person.addedAt },
		attributes: await withLabels(pool, attributes),
		consents: await rowsOf(
			pool,
			`select kind, topic, granted_at as "grantedAt", expires_at as "expiresAt", revoked_at as "revokedAt", source
			from consents where contact_id = $1 order by granted_at, id`,
			id
		),
		suppressions: await rowsOf(
			pool,
			`select s.scope, s.reason, s.created_at as at from suppressions s join contacts c on c.email_mark = s.email_mark
			where c.id = $1 order by s.created_at`,
			id
		),
		restrictions: await listRestrictions(store, id),
		disclosures: await listDisclosures(store, id, new Date(0), new Date(now + 1)),
		segments: await rowsOf(
			pool,
			`select s.name from segment_members m join segments s on s.slug = m.segment where m.contact_id = $1 order by 1`,
			id
		),
		events: await eventsOf(store, id),
		journeys: await journeysOf(store, id),
		notAdmitted: await rowsOf(
			pool,
			`select j.name as journey, r.at, r.reason from refusals r join journeys j on j.id = r.journey_id
			where r.contact_id = $1 order by r.id`,
			id
		),
		planned: await rowsOf(
			pool,
			`select j.name as journey, p.due_at as "dueAt" from planned_entries p join journeys j on j.id = p.journey_id
			where p.contact_id = $1 order by p.due_at`,
			id
		),
		asked: await questionsOf(store, id),
		caughtMails: await mailsOf({ pool, vault }, id)
	};
}

async function rowsOf(db: Db, text: string, id: number): Promise<Record<string, unknown>[]> {
	return (await db.query<Record<string, unknown>>(text, [id])).rows;
}

async function withLabels(
	db: Db,
	attributes: Record<string, unknown>
): Promise<{ key: string; label: string; value: unknown }[]> {
	const labels = new Map((await loadAttributes(db)).map(({ key, label }) => [key, label]));
	return Object.entries(attributes).map(([key, value]) => ({ key, label: labels.get(key) ?? key, value }));
}

async function eventsOf({ pool, vault }: Store, contactId: number): Promise<Record<string, unknown>[]> {
	const { rows } = await pool.query<
		Parameters<typeof openProperties>[1] & { name: string; occurredAt: Date; receivedAt: Date }
	>(
		`select id, contact_id, name, occurred_at as "occurredAt", received_at as "receivedAt", properties, sealed
		from events where contact_id = $1 order by occurred_at, id`,
		[contactId]
	);
	const keys = await vault.keysToOpen([contactId]);
	return rows.map((row) => ({
		name: row.name,
		occurredAt: row.occurredAt,
		receivedAt: row.receivedAt,
		properties: openProperties(keys, row)
	}));
}

type EnrollmentRow = Parameters<typeof openTrigger>[1] & {
	journey: string;
	version: number;
	state: string;
	reason: string | null;
	enteredAt: Date;
	endedAt: Date | null;
};

type VisitsRow = Parameters<typeof openReads>[1] & {
	at: Date;
	steps: string[];
	outcomes: (string | null)[];
	reasons: (string | null)[] | null;
};

async function journeysOf({ pool, vault }: Store, contactId: number): Promise<Record<string, unknown>[]> {
	const { rows: enrollments } = await pool.query<EnrollmentRow>(
		`select e.id, e.contact_id, e.trigger, e.trigger_sealed, j.name as journey, v.number as version, e.state, e.reason,
			e.entered_at as "enteredAt", e.ended_at as "endedAt"
		from enrollments e join journeys j on j.id = e.journey_id join journey_versions v on v.id = e.version_id
		where e.id in (select enrollment_id from enrollment_keys where contact_id = $1) order by e.entered_at, e.id`,
		[contactId]
	);
	const ids = enrollments.map((row) => row.id);
	const { rows: paths } = await pool.query<VisitsRow>(
		`select enrollment_id, seq, contact_id, at, steps, outcomes, reasons, reads, reads_sealed
		from step_paths where enrollment_id = any($1::bigint[]) order by enrollment_id, seq`,
		[ids]
	);
	const { rows: messages } = await pool.query<{ enrollment: number } & Record<string, unknown>>(
		`select m.enrollment_id as enrollment, m.step, m.purpose, m.marketing, m.topic, m.state, m.reason, m.visit_at as "at",
			m.decided_at as "decidedAt", m.opened_at as "openedAt", m.clicked_at as "clickedAt",
			m.unsubscribed_at as "unsubscribedAt", m.bounced_at as "bouncedAt", m.complained_at as "complainedAt",
			(select json_agg(json_build_object('at', a.started_at, 'outcome', a.outcome, 'answer', a.response) order by a.attempt)
				from message_attempts a where a.message_id = m.id) as attempts
		from messages m where m.id in (select message_id from message_keys where enrollment_id = any($1::bigint[])) order by m.id`,
		[ids]
	);
	const keys = await vault.keysToOpen([contactId]);
	const calls = await requestsOf(pool, keys, ids);
	const notices = await noticesOf(pool, keys, ids);
	return enrollments.map((row) => ({
		journey: row.journey,
		version: row.version,
		state: row.state,
		reason: row.reason,
		enteredAt: row.enteredAt,
		endedAt: row.endedAt,
		enteredWith: openTrigger(keys, row),
		visits: paths
			.filter((path) => path.enrollment_id === row.id)
			.map((path) => ({
				at: path.at,
				steps: path.steps,
				outcomes: path.outcomes,
				reasons: path.reasons,
				reads: openReads(keys, path)
			})),
		messages: messages
			.filter(({ enrollment }) => enrollment === row.id)
			.map(({ enrollment: _, ...message }) => message),
		calls: calls.get(row.id) ?? [],
		notices: notices.get(row.id) ?? []
	}));
}

/** What people of the team were asked about the person. */
async function questionsOf({ pool, vault }: Store, contactId: number): Promise<Record<string, unknown>[]> {
	const { rows } = await pool.query<{
		id: number;
		contact_id: number;
		sealed: Buffer;
		at: Date;
		answer: string | null;
		answeredAt: Date | null;
	}>(
		`select id, contact_id, asked_sealed as sealed, asked_at as at, answer, answered_at as "answeredAt"
		from approvals where contact_id = $1 order by asked_at, id`,
		[contactId]
	);
	const keys = await vault.keysToOpen([contactId]);
	return rows.map(({ id, contact_id, sealed, ...row }) => ({
		question: openQuestion(keys, { id, contact_id, sealed }),
		...row
	}));
}

async function mailsOf({ pool, vault }: Store, contactId: number): Promise<Record<string, unknown>[]> {
	const { rows } = await pool.query<CaughtColumns & { caughtAt: Date; sealed: Buffer }>(
		`select id, contact_id, head, sealed, caught_at as "caughtAt" from caught_mails where contact_id = $1 order by id`,
		[contactId]
	);
	const heads = await openHeads(vault, rows);
	const mails: Record<string, unknown>[] = [];
	for (const [at, row] of rows.entries())
		mails.push({
			...heads[at],
			caughtAt: row.caughtAt,
			source: (await openMail(vault, row)).toString('utf8')
		});
	return mails;
}
