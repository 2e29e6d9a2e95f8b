/** An entry as the page shows it. */
import { z } from 'zod';
import type { App } from '../../app.ts';
import type { AuditJson, AuditRecord } from '../../audit/encode.ts';
import type { AuditNames } from '../../audit/names.ts';
import { openOwnWords } from '../../audit/own-words.ts';
import { thingOf, whatOf, whoOf } from '../../audit/words.ts';

const thing = z.object({ text: z.string(), href: z.string().optional() });

/** A page with a list may be about thousands; the export has them all. */
const THINGS_SHOWN = 100;

export const entryRow = z.object({
	id: z.number(),
	/** UTC, ISO 8601. */
	at: z.string(),
	who: z.string(),
	what: z.string(),
	action: z.string(),
	/** What it was about, at most 100 of them. */
	things: z.array(thing),
	/** How many more there are. */
	thingsMore: z.number(),
	fields: z.array(z.string()),
	reason: z.string().nullable(),
	/** Why, in somebody's own words. */
	words: z.union([z.object({ text: z.string() }), z.object({ lost: z.literal(true) })]).nullable(),
	ip: z.string().nullable(),
	requestId: z.string().nullable(),
	details: z.array(z.object({ name: z.string(), value: z.string() })),
	hash: z.string()
});
export type EntryRow = z.infer<typeof entryRow>;

export async function rowOf(entry: AuditRecord, names: AuditNames, vault: App['vault']): Promise<EntryRow> {
	const { id, at, action, subjectKind, subjectIds, fields, reason, ip, requestId, details, hash } = entry;
	const shown = subjectKind === null ? [] : subjectIds.slice(0, THINGS_SHOWN);
	return {
		id,
		at,
		who: whoOf(entry, names),
		what: whatOf(entry, names),
		action,
		things: shown.map((thing) => thingOf(subjectKind ?? '', thing, names)),
		thingsMore: subjectIds.length - shown.length,
		fields,
		reason,
		words: await openOwnWords(vault, entry),
		ip,
		requestId,
		details: Object.entries(details).map(([name, value]) => ({ name, value: textOf(value) })),
		hash
	};
}

function textOf(value: AuditJson): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}
