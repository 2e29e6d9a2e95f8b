/**
 * The condition language as rows that a person can fill in: groups (all, any, none of) of rows. Every Where reads as
 * such a group, and writing an unchanged group gives a Where that holds for the same contacts.
 */
import { z } from 'zod';

export type GroupMode = 'all' | 'any' | 'none';

export interface Group {
	row: 'group';
	mode: GroupMode;
	items: Row[];
}
/** A contact's attribute, or a property of the event that let the contact in. */
export interface Comparison {
	row: 'attribute' | 'trigger';
	/** Attribute key, or path of the property. */
	of: string;
	op: string;
	value?: unknown;
}
export interface PropertyTest {
	property: string;
	op: string;
	value?: unknown;
}
export interface EventRow {
	row: 'event';
	name: string;
	where: PropertyTest[];
	within?: string;
	count?: { op: string; value: number };
}
export interface MessageRow {
	row: 'message';
	/** Undefined: any message of this journey. */
	step?: string;
	was: string;
	link?: string;
	within?: string;
}
export interface ConsentRow {
	row: 'consent';
	kind: string;
	topic?: string;
}
export interface SegmentRow {
	row: 'segment';
	slug: string;
}
/** What this editor has no form for; it is kept as it is. */
export interface OtherRow {
	row: 'other';
	where: unknown;
}
export type Row = Group | Comparison | EventRow | MessageRow | ConsentRow | SegmentRow | OtherRow;

const comparison = { op: z.string(), value: z.unknown().optional() };
const attributeShape = z.strictObject({ attribute: z.string(), ...comparison });
const triggerShape = z.strictObject({ trigger: z.string(), ...comparison });
const eventShape = z.strictObject({
	event: z.strictObject({
		name: z.string(),
		where: z.array(z.strictObject({ property: z.string(), ...comparison })).optional(),
		within: z.string().optional(),
		count: z.strictObject({ op: z.string(), value: z.number() }).optional()
	})
});
const messageShape = z.strictObject({
	message: z.strictObject({
		step: z.string().optional(),
		was: z.string(),
		link: z.string().optional(),
		within: z.string().optional()
	})
});
const consentShape = z.strictObject({ consent: z.string(), topic: z.string().optional() });
const segmentShape = z.strictObject({ segment: z.string() });
const allShape = z.strictObject({ all: z.array(z.unknown()) });
const anyShape = z.strictObject({ any: z.array(z.unknown()) });
const notShape = z.strictObject({ not: z.unknown() });

/** Reads a Where of any depth as one group. Nothing at all reads as an empty "all of". */
export function readWhere(where: unknown): Group {
	if (where === undefined || where === null) return { row: 'group', mode: 'all', items: [] };
	const row = readRow(where);
	return row.row === 'group' ? row : { row: 'group', mode: 'all', items: [row] };
}

function readRow(where: unknown): Row {
	const all = allShape.safeParse(where);
	if (all.success) return { row: 'group', mode: 'all', items: all.data.all.map(readRow) };
	const any = anyShape.safeParse(where);
	if (any.success) return { row: 'group', mode: 'any', items: any.data.any.map(readRow) };
	const not = notShape.safeParse(where);
	if (not.success) return readNot(readRow(not.data.not));
	return readLeaf(where);
}

// "Not any of" is "none of"; "not (one thing)" is "none of" with that one thing in it.
function readNot(inner: Row): Group {
	if (inner.row === 'group' && inner.mode === 'any') return { ...inner, mode: 'none' };
	return { row: 'group', mode: 'none', items: [inner] };
}

function readLeaf(where: unknown): Row {
	const attribute = attributeShape.safeParse(where);
	if (attribute.success) {
		const { attribute: of, op, value } = attribute.data;
		return { row: 'attribute', of, op, value };
	}
	const trigger = triggerShape.safeParse(where);
	if (trigger.success)
		return { row: 'trigger', of: trigger.data.trigger, op: trigger.data.op, value: trigger.data.value };
	const event = eventShape.safeParse(where);
	if (event.success) return { row: 'event', ...event.data.event, where: event.data.event.where ?? [] };
	const message = messageShape.safeParse(where);
	if (message.success) return { row: 'message', ...message.data.message };
	const consent = consentShape.safeParse(where);
	if (consent.success) return { row: 'consent', kind: consent.data.consent, topic: consent.data.topic };
	const segment = segmentShape.safeParse(where);
	if (segment.success) return { row: 'segment', slug: segment.data.segment };
	return { row: 'other', where };
}

/** The group as a Where. Keys that are empty are left out. */
export function writeWhere(group: Group): Record<string, unknown> {
	const items = group.items.map(writeRow);
	switch (group.mode) {
		case 'all':
			return { all: items };
		case 'any':
			return { any: items };
		case 'none':
			return { not: { any: items } };
	}
}

function writeRow(row: Row): unknown {
	switch (row.row) {
		case 'group':
			return writeWhere(row);
		case 'attribute':
			return compact({ attribute: row.of, op: row.op, value: row.value });
		case 'trigger':
			return compact({ trigger: row.of, op: row.op, value: row.value });
		case 'event':
			return {
				event: compact({
					name: row.name,
					where: row.where.length === 0 ? undefined : row.where.map((test) => compact({ ...test })),
					within: row.within,
					count: row.count
				})
			};
		case 'message':
			return { message: compact({ step: row.step, was: row.was, link: row.link, within: row.within }) };
		case 'consent':
			return compact({ consent: row.kind, topic: row.topic });
		case 'segment':
			return { segment: row.slug };
		case 'other':
			return row.where;
	}
}

function compact(object: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
