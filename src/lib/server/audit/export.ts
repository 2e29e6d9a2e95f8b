/** The audit log for taking out: JSON lines that can be verified, or a table for people. */
import type { Db } from '../db/db.ts';
import type { AuditRecord } from './encode.ts';
import { listAuditAfter, type AuditFilter } from './find.ts';
import { findAuditNames } from './names.ts';
import { whatOf, whoOf } from './words.ts';

const PAGE = 2000;

/**
 * Lines (each with its end) of the entries that `filter` lets through, in the order of the chain: one entry a line, whole, so
 * that its hash can be computed again from the line alone. Only an export without a filter can be verified: gaps are then faults.
 */
export async function* exportAudit(db: Db, filter: AuditFilter = {}): AsyncGenerator<string> {
	for await (const page of pagesOf(db, filter)) for (const entry of page) yield `${JSON.stringify(entry)}\n`;
}

const COLUMNS = [
	'Entry',
	'Time (UTC)',
	'Who',
	'What',
	'Action',
	'Actor kind',
	'Actor id',
	'Subject kind',
	'Subject ids',
	'Fields',
	'Reason',
	'Address',
	'Request id',
	'Details'
];

/** The same entries as CSV (RFC 4180), with what was done in words. A reason in somebody's own words stays sealed, and so out. */
export async function* exportAuditCsv(db: Db, filter: AuditFilter = {}): AsyncGenerator<string> {
	// Spreadsheets take a file without this mark for another alphabet.
	yield `\uFEFF${csvLine(COLUMNS)}`;
	for await (const page of pagesOf(db, filter)) {
		const names = await findAuditNames(db, page);
		for (const entry of page) yield csvLine(cellsOf(entry, names));
	}
}

function cellsOf(entry: AuditRecord, names: Awaited<ReturnType<typeof findAuditNames>>): string[] {
	return [
		String(entry.id),
		entry.at,
		whoOf(entry, names),
		whatOf(entry, names),
		entry.action,
		entry.actorKind,
		entry.actorId,
		entry.subjectKind ?? '',
		entry.subjectIds.join(' '),
		entry.fields.join(' '),
		entry.reason ?? '',
		entry.ip ?? '',
		entry.requestId ?? '',
		Object.keys(entry.details).length ? JSON.stringify(entry.details) : ''
	];
}

function csvLine(cells: readonly string[]): string {
	return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A cell that a spreadsheet takes for a formula gets an apostrophe before it: somebody's name could be one. */
export function csvCell(text: string): string {
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// Page by page, so that a log of any length passes through little memory; what is appended meanwhile is left out.
async function* pagesOf(db: Db, filter: AuditFilter): AsyncGenerator<AuditRecord[]> {
	const end = await findEnd(db);
	for (let after = 0; after < end;) {
		const page = await listAuditAfter(db, after, PAGE, filter);
		yield page.filter(({ id }) => id <= end);
		after = page.length < PAGE ? end : (page.at(-1)?.id ?? end);
	}
}

async function findEnd(db: Db): Promise<number> {
	const { rows } = await db.query<{ end: number | null }>('select max(id) as end from audit_log');
	return rows[0]?.end ?? 0;
}
