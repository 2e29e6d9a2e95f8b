/**
 * A condition as one parameterised statement over the people in PostgreSQL (§4); `evaluate` is its twin in memory, and a
 * property test holds the two together. Text folds by `fold_text` and compares in collation "C", by code point, on every
 * server alike.
 */
import type { ConsentTest, EventTest, MessageTest, PropertyTest, Where } from '../../document.ts';
import { clockMs, parseDurationParts, subtractDuration } from '../../duration.ts';
import { declaredType } from '../compare.ts';
import { comparisonToSql } from './comparison.ts';
import { FALSE, Statement, TRUE, type SqlContext, type SqlStatement } from './statement.ts';

export type { SqlContext, SqlStatement };

/**
 * What callers set as `statement_timeout`, in ms: patterns are linear in memory, but a server's own engine follows them
 * here, and a condition on events may look at many.
 */
export const CONDITION_TIMEOUT_MS = 10_000;

/** The statement that gives the `id` of the contacts for whom a condition holds at `context.now`. */
export function whereToSql(where: Where, context: SqlContext): SqlStatement {
	const statement = new Statement(context);
	return statement.select('c.id', conditionOf(statement, where, []));
}

/** The statement that counts them, as `count`. */
export function countToSql(where: Where, context: SqlContext): SqlStatement {
	const statement = new Statement(context);
	return statement.select('count(*) as count', conditionOf(statement, where, []));
}

/** `inside` are the segments whose conditions are being put, the outermost first. */
function conditionOf(statement: Statement, where: Where, inside: readonly string[]): string {
	const inner = (part: Where) => conditionOf(statement, part, inside);
	if ('all' in where) return where.all.length ? `(${where.all.map(inner).join(' and ')})` : TRUE;
	if ('any' in where) return where.any.length ? `(${where.any.map(inner).join(' or ')})` : FALSE;
	if ('not' in where) return `(not ${inner(where.not)})`;
	if ('attribute' in where) {
		const json = `(c.attributes -> ${statement.bind(where.attribute, 'text')})`;
		const type = declaredType(where.attribute, statement.context.attributeTypes);
		return comparisonToSql(statement, { json, type }, where);
	}
	// No event let anybody in here, so every path of it is missing.
	if ('trigger' in where) return where.op === 'missing' ? TRUE : FALSE;
	if ('event' in where) return eventToSql(statement, where);
	if ('message' in where) return messageToSql(statement, where.message);
	if ('consent' in where) return consentToSql(statement, where);
	return segmentToSql(statement, where.segment, inside);
}

/** Segments in a circle are refused at publish; here, as in memory, nobody is in one that asks for itself. */
function segmentToSql(statement: Statement, slug: string, inside: readonly string[]): string {
	const { segments } = statement.context;
	const condition = Object.hasOwn(segments, slug) ? segments[slug] : undefined;
	if (condition === undefined || inside.includes(slug)) return FALSE;
	if (condition !== null)
		return statement.inSegment(() => conditionOf(statement, condition, [...inside, slug]));
	return `exists (select from segment_members s where s.contact_id = c.id and s.segment = ${statement.bind(slug, 'text')})`;
}

const SYMBOLS = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

function eventToSql(statement: Statement, { event }: EventTest): string {
	const { name, where = [], within, count } = event;
	const { now } = statement.context;
	const conditions = [`e.contact_id = c.id`, `e.name = ${statement.bind(name, 'text')}`];
	if (name === 'email.opened' || name === 'email.clicked')
		conditions.push(`e.properties -> 'machine' is distinct from 'true'::jsonb`);
	if (within) {
		conditions.push(
			`e.occurred_at >= ${statement.instantPerZone((zone) => subtractDuration(now, within, zone))}`
		);
		conditions.push(`e.occurred_at <= ${statement.bind(new Date(now), 'timestamptz')}`);
	}
	for (const test of where) conditions.push(propertyToSql(statement, test));
	const from = `from events e where ${conditions.join(' and ')}`;
	// Whether there is any stops at the first; a count looks at all.
	if (!count || (count.op === '>=' && count.value === 1)) return `exists (select ${from})`;
	if (count.op === '=' && count.value === 0) return `(not exists (select ${from}))`;
	return `((select count(*) ${from}) ${SYMBOLS[count.op]} ${statement.bind(count.value, 'bigint')})`;
}

/** A key of that name first, else step by step through objects; `->` by text finds nothing in a list. */
function propertyToSql(statement: Statement, test: PropertyTest): string {
	const key = statement.bind(test.property, 'text');
	const own = `e.properties -> ${key}`;
	const parts = test.property.split('.');
	if (parts.length === 1) return comparisonToSql(statement, { json: `(${own})`, type: null }, test);
	const steps = parts.map((part) => ` -> ${statement.bind(part, 'text')}`).join('');
	const json = `(case when e.properties ? ${key} then ${own} else e.properties${steps} end)`;
	return comparisonToSql(statement, { json, type: null }, test);
}

function messageToSql(statement: Statement, { step, was, link, within }: MessageTest['message']): string {
	const conditions = [`m.state = 'sent'`, 'm.decided_at is not null'];
	if (step !== undefined) conditions.push(`m.step = ${statement.bind(step, 'text')}`);
	conditions.push(stateToSql(statement, was, link, within));
	return `exists (select from (select distinct k.enrollment_id from enrollment_keys k where k.contact_id = c.id) k
		join message_keys i on i.enrollment_id = k.enrollment_id join messages m on m.id = i.message_id
		where ${conditions.join(' and ')})`;
}

// A click's link is the one that stands in the version of the template which was sent.
const CLICKED_LINK = `select from engagements g join template_versions t on t.id = m.template_version_id
	where g.message_id = m.id and g.kind = 'click' and not g.machine and t.compiled -> 'links' ->> g.link =`;

function stateToSql(
	statement: Statement,
	was: MessageTest['message']['was'],
	link: string | undefined,
	within: string | undefined
): string {
	const until = within === undefined ? null : untilToSql(statement, within);
	const now = () => statement.bind(statement.context.now, 'bigint');
	const inTime = (column: string) =>
		until === null ? `${column} is not null` : `${column} is not null and epoch_ms(${column}) <= ${until}`;
	const isDelivered = 'm.bounced_at is null';
	switch (was) {
		case 'sent':
			return until === null ? TRUE : `${until} >= ${now()}`;
		case 'delivered':
			return `${isDelivered} and ${inTime('m.decided_at')}`;
		case 'opened':
			return inTime('m.opened_at');
		case 'clicked': {
			const clicked = inTime('m.clicked_at');
			return link === undefined
				? clicked
				: `${clicked} and exists (${CLICKED_LINK} ${statement.bind(link, 'text')})`;
		}
		case 'bounced':
			return inTime('m.bounced_at');
		case 'ignored': {
			const isOver = until === null ? TRUE : `${now()} >= ${until}`;
			return `${isDelivered} and ${isOver} and not (${inTime('m.opened_at')}) and not (${inTime('m.clicked_at')})`;
		}
	}
}

/** That long after the sending, by the contact's calendar. */
function untilToSql(statement: Statement, within: string): string {
	const parts = parseDurationParts(within);
	if (!parts) throw new Error('A condition holds a duration that is none.');
	const months = statement.bind(parts.years * 12 + parts.months, 'integer');
	const days = statement.bind(parts.weeks * 7 + parts.days, 'integer');
	const clock = statement.bind(clockMs(parts), 'bigint');
	return `add_duration(epoch_ms(m.decided_at), ${months}, ${days}, ${clock}, ${statement.offsets()})`;
}

function consentToSql(statement: Statement, { consent, topic }: ConsentTest): string {
	const now = statement.bind(new Date(statement.context.now), 'timestamptz');
	const covers =
		topic === undefined
			? 'k.topic is null'
			: `(k.topic is null or k.topic = ${statement.bind(topic, 'text')})`;
	return `exists (select from consents k where k.contact_id = c.id and k.kind = ${statement.bind(consent, 'text')} and ${covers}
		and k.granted_at <= ${now} and (k.expires_at is null or k.expires_at > ${now}) and (k.revoked_at is null or k.revoked_at > ${now}))`;
}
