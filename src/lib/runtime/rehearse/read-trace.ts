/** The trace of a rehearsal, read from the product's tables: what memory prints, in the same order (§9). */
import type { Diagnostic } from '$lib/journey/index.ts';
import type { Scenario } from '$lib/journey/rehearse/scenario.ts';
import { TRACE_FORMAT, type Trace } from '$lib/journey/rehearse/trace.ts';
import type { App } from '$lib/server/app.ts';
import {
	CONTACT_COLUMNS,
	openContacts,
	type Contact,
	type ContactRow
} from '$lib/server/people/contact-store.ts';
import { inOrder } from './placed.ts';
import { readEnrollments } from './read-enrollments.ts';
import { readHeld, readMessages } from './read-messages.ts';
import { readRefusals } from './read-refusals.ts';
import { readReport } from './read-report.ts';
import { readSegments } from './read-segments.ts';

/** Reads everything as it stands at the clock's now. */
export async function readTrace(
	app: App,
	scenario: Scenario,
	diagnostics: Record<string, Diagnostic[]>
): Promise<Trace> {
	const { pool } = app;
	const contacts = await readContacts(app);
	const idOf = (contactId: number) => contacts.get(contactId)?.publicId ?? '';
	const messages = [...(await readMessages(pool, idOf)), ...(await readHeld(pool, idOf))];
	return {
		format: TRACE_FORMAT,
		diagnostics,
		enrollments: inOrder(await readEnrollments(pool, idOf)),
		messages: inOrder(messages, ({ step }) => step),
		refusals: inOrder(await readRefusals(pool, idOf)),
		contacts: await printContacts(app, scenario, contacts),
		report: await readReport(pool)
	};
}

async function readContacts({ pool, vault }: App): Promise<Map<number, Contact>> {
	const { rows } = await pool.query<ContactRow>(`select ${CONTACT_COLUMNS} from contacts c order by c.id`);
	return openContacts(vault, rows);
}

async function printContacts(
	app: App,
	scenario: Scenario,
	contacts: Map<number, Contact>
): Promise<Trace['contacts']> {
	const segments = await readSegments(app, scenario, [...contacts.values()]);
	const byId = new Map([...contacts.values()].map((contact) => [contact.publicId, contact]));
	return scenario.contacts.map(({ id }) => {
		const contact = byId.get(id);
		return { id, attributes: contact?.attributes ?? {}, segments: segments.get(contact?.id ?? 0) ?? [] };
	});
}
