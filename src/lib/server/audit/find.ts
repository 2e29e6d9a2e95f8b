/** Looks entries up: newest first and page by page for people, oldest first and whole for an export. */
import type { Db } from '../db/db.ts';
import type { AuditRecord } from './encode.ts';
import type { AuditActorKind } from './entry.ts';
import { AUDIT_COLUMNS } from './row.ts';

/** All that is given must hold. */
export interface AuditFilter {
	/** From this instant on, in ms. */
	from?: number;
	/** Before this instant, in ms. */
	until?: number;
	actor?: { kind: AuditActorKind; id: string };
	action?: string;
	subject?: { kind: string; id: string };
}

export interface AuditPage {
	entries: AuditRecord[];
	/** Give it back for the older entries; null on the last page. */
	next: string | null;
}

const PAGE = 50;
const CURSOR = /^\d{1,15}$/;

/** One page of what `filter` lets through, newest first. A `cursor` that is none counts as none. */
export async function findAudit(
	db: Db,
	filter: AuditFilter = {},
	cursor: string | null = null,
	limit = PAGE
): Promise<AuditPage> {
	const question = new Question(filter);
	if (cursor !== null && CURSOR.test(cursor)) question.askBefore(Number(cursor));
	const { rows } = await db.query<AuditRecord>(
		`${question.select()} order by entry.at desc, entry.id desc limit ${question.value(limit + 1)}`,
		question.values
	);
	const entries = rows.slice(0, limit);
	const last = entries.at(-1);
	return { entries, next: last && rows.length > limit ? String(last.id) : null };
}

/** Entries with an id after `after`, in the order of the chain. */
export async function listAuditAfter(
	db: Db,
	after: number,
	limit: number,
	filter: AuditFilter = {}
): Promise<AuditRecord[]> {
	const question = new Question(filter);
	question.ask(`id > ${question.value(after)}`);
	const { rows } = await db.query<AuditRecord>(
		`${question.select()} order by entry.id limit ${question.value(limit)}`,
		question.values
	);
	return rows;
}

/** A filter as SQL; values are parameters only. */
class Question {
	readonly values: unknown[] = [];
	private readonly conditions: string[] = [];
	private readonly bySubject: boolean;

	constructor({ from, until, actor, action, subject }: AuditFilter) {
		this.bySubject = subject !== undefined;
		if (from !== undefined) this.ask(`at >= ${this.value(new Date(from))}`);
		if (until !== undefined) this.ask(`at < ${this.value(new Date(until))}`);
		if (actor) this.ask(`actor_kind = ${this.value(actor.kind)} and actor_id = ${this.value(actor.id)}`);
		if (action !== undefined) this.ask(`action = ${this.value(action)}`);
		if (subject)
			this.ask(
				`subject_ids @> array[${this.value(subject.id)}] and subject_kind = ${this.value(subject.kind)}`
			);
	}

	value(value: unknown): string {
		return `$${this.values.push(value)}`;
	}

	ask(condition: string): void {
		this.conditions.push(condition);
	}

	/** Older than entry `id`. By its time first: a clock set back leaves ids and times in two orders. */
	askBefore(id: number): void {
		const place = this.value(id);
		this.ask(`(at, id) < ((select at from audit_log where id = ${place}), ${place})`);
	}

	/** A subject's entries are few: found by their index first, they are sorted after, however rare the planner thinks them. */
	select(): string {
		const where = this.conditions.length ? `where ${this.conditions.join(' and ')}` : '';
		if (!this.bySubject) return `select ${AUDIT_COLUMNS} from audit_log as entry ${where}`;
		return `with found as materialized (select * from audit_log ${where}) select ${AUDIT_COLUMNS} from found as entry`;
	}
}
