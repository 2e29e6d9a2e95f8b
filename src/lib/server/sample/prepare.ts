/** The sample clinic as it stands before its thirty days begin: people, what is known of them, messages, journeys. */
import { ApiError } from '../api/errors.ts';
import type { Tx } from '../db/db.ts';
import { upsertContacts } from '../ingest/contacts.ts';
import { keyOf, reserveEventIds, sealAll } from '../ingest/record.ts';
import { createJourney } from '../journeys/drafts.ts';
import { saveTemplate } from '../mail/templates.ts';
import { markOfId } from '../people/contact-store.ts';
import { marksOf } from '../people/marks.ts';
import type { Vault } from '../seal/vault.ts';
import { registerAttributes, sampleAttributes } from './attributes.ts';
import { clinic } from './clinic.ts';
import { sampleJourneys } from './journeys.ts';
import type { SamplePatient } from './patients.ts';
import { DAY, type Span } from './span.ts';
import type { SampleEvent } from './synthea.ts';
import { sampleTemplates } from './templates.ts';
import { historyOf } from './timeline.ts';

/** Inner ids by public id. */
export type ContactIds = ReadonlyMap<string, number>;

/** Told before each piece of work: what it is, and how far it is. */
export type Report = (phase: string, done: number, total: number) => void;

/**
 * Writes everything but the publishing, as of `span.from`. Meant for one transaction. Throws ApiError `conflict` where the
 * sample is there already, or where something of the workspace's own bears one of its names.
 */
export async function prepareClinic(
	tx: Tx,
	vault: Vault,
	patients: readonly SamplePatient[],
	span: Span,
	report: Report
): Promise<ContactIds> {
	await claim(tx, vault, patients, span);
	await nameWorkspace(tx);
	await registerAttributes(tx, sampleAttributes, span.from);
	report('Adding patients', 0, patients.length);
	const ids = await addContacts(tx, vault, patients, span);
	await addSuppressions(tx, vault, patients, span);
	report('Adding patients', patients.length, patients.length);
	await addHistory(tx, vault, historyOf(patients, span), ids, span, report);
	await addTemplates(tx, report);
	for (const journey of sampleJourneys) await createJourney(tx, journey, null, span.from);
	return ids;
}

/** The row `sample` of the settings, once only: whoever comes second waits for the first, then finds it. */
async function claim(tx: Tx, vault: Vault, patients: readonly SamplePatient[], span: Span): Promise<void> {
	const claimed = await tx.query(
		`insert into settings (key, value) values ('sample', $1) on conflict do nothing returning key`,
		[JSON.stringify({ from: span.from, to: span.to })]
	);
	if (claimed.rowCount === 0) throw new ApiError('conflict', 'The sample clinic is here already.');
	const { rows } = await tx.query<{ taken: boolean }>(
		`select exists (select from journeys where slug = any($1::text[]))
			or exists (select from templates where slug = any($2::text[]))
			or exists (select from contacts where public_id_mark = any($3::bytea[])) as taken`,
		[
			sampleJourneys.map((journey) => journey.slug),
			sampleTemplates.map((template) => template.slug),
			patients.map((patient) => markOfId(vault, patient.contact.id))
		]
	);
	if (rows[0]?.taken)
		throw new ApiError(
			'conflict',
			'The sample clinic was not added: a journey, message or person of yours has one of its names, and yours stay as they are.'
		);
}

async function nameWorkspace(tx: Tx): Promise<void> {
	await tx.query(
		`insert into settings as s (key, value) values ('workspace', $1)
		on conflict (key) do update set value = s.value || excluded.value`,
		[JSON.stringify(clinic)]
	);
}

async function addContacts(
	tx: Tx,
	vault: Vault,
	patients: readonly SamplePatient[],
	span: Span
): Promise<ContactIds> {
	const patches = patients.map(({ contact, consents }) => ({ ...contact, consents }));
	const ids = await upsertContacts(tx, vault, patches, span.from);
	return new Map(patients.map(({ contact }, index) => [contact.id, ids[index] ?? unknown(contact.id)]));
}

async function addSuppressions(
	tx: Tx,
	vault: Vault,
	patients: readonly SamplePatient[],
	span: Span
): Promise<void> {
	const rows = patients.flatMap(({ contact, suppression }) =>
		suppression && contact.email ? [{ email: contact.email, ...suppression }] : []
	);
	await tx.query(
		`insert into suppressions (email_mark, scope, reason, source, created_at)
		select i.*, 'sample', $4 from unnest($1::bytea[], $2::text[], $3::text[]) as i on conflict do nothing`,
		[
			rows.map((row) => marksOf(vault).email.markOf(row.email)),
			rows.map((row) => row.scope),
			rows.map((row) => row.reason),
			new Date(span.from - 20 * DAY)
		]
	);
}

// Past the router's queue on purpose: what happened years ago is a fact to decide by, and triggers nothing.
const RECORD_HISTORY = `
with input as materialized (
	select * from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $7::bigint[], $8::bytea[])
		as i (contact_id, name, properties, occurred_at, key, id, sealed)
), recorded as (
	insert into events (id, contact_id, name, properties, sealed, occurred_at, received_at, source)
	overriding system value
	select id, contact_id, name, properties::jsonb, sealed, occurred_at, $6, 'sample' from input
)
insert into event_keys (source, key, event_id, created_at) select 'sample', key, id, $6 from input`;

const EVENTS_AT_ONCE = 2000;

async function addHistory(
	tx: Tx,
	vault: Vault,
	events: readonly SampleEvent[],
	ids: ContactIds,
	span: Span,
	report: Report
): Promise<void> {
	for (let done = 0; done < events.length; done += EVENTS_AT_ONCE) {
		report('Recording what happened before', done, events.length);
		const some = events.slice(done, done + EVENTS_AT_ONCE).map((event) => ({
			...event,
			contactId: ids.get(event.contact) ?? unknown(event.contact),
			source: 'sample'
		}));
		const eventIds = await reserveEventIds(tx, some.length);
		const columns = await sealAll(vault, some, eventIds);
		await tx.query(RECORD_HISTORY, [
			some.map((event) => event.contactId),
			some.map((event) => event.name),
			columns.map(({ plain }) => JSON.stringify(plain)),
			some.map((event) => new Date(event.occurredAt)),
			some.map((event) => keyOf(vault, event.key)),
			new Date(span.from),
			eventIds,
			columns.map(({ sealed }) => sealed)
		]);
	}
}

async function addTemplates(tx: Tx, report: Report): Promise<void> {
	for (const [done, template] of sampleTemplates.entries()) {
		report('Writing messages', done, sampleTemplates.length);
		await saveTemplate(tx, template, null);
	}
}

function unknown(publicId: string): never {
	throw new Error(`The sample has no contact ${publicId}.`);
}
