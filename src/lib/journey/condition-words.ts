/** Conditions in a marketer's words. */
import { OP_LABELS, type Op, type PropertyTest, type Where } from './document.ts';
import { formatDuration } from './duration.ts';

/** The words for slugs and keys. Each may answer with the key itself. */
export interface Names {
	template(slug: string): string;
	attribute(key: string): string;
	/** What to call a step that a condition names. */
	step?(id: string): string;
	segment?(slug: string): string;
	journey?(slug: string): string;
}

/** An event's name as people say it: `visit.completed` is "visit completed". */
export function eventWords(name: string | undefined): string {
	return (name ?? '').replace(/[._-]+/g, ' ').trim();
}

export function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A label inside a sentence: "First name" is "first name", and "VIP" stays. */
export function small(label: string): string {
	return /^\p{Lu}(?!\p{Lu})/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

/** "Monday, Tuesday and Friday". */
export function listWords(words: readonly string[], last = 'and'): string {
	if (words.length < 2) return words[0] ?? '';
	return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}

/** As the forms call them, but that a sentence goes on with the pattern. */
const OP_WORDS: Record<Op, string> = { ...OP_LABELS, matches: 'matches' };

/** What the inspector calls an operator. */
export function opWords(op: Op): string {
	return OP_WORDS[op];
}

function valueWords(op: Op, value: unknown): string {
	if (op === 'exists' || op === 'missing') return '';
	if (op === 'withinLast' || op === 'withinNext' || op === 'anniversaryWithin') {
		return typeof value === 'string' ? formatDuration(value) : '…';
	}
	return plainValue(value);
}

/** A value as text: `true` is "yes", a list is joined, and nothing is "…". */
export function plainValue(value: unknown): string {
	if (Array.isArray(value)) return value.map((each) => String(each)).join(', ') || '…';
	if (value === true) return 'yes';
	if (value === false) return 'no';
	return value === undefined || value === null || value === '' ? '…' : String(value);
}

function testWords(what: string, test: { op: Op; value?: unknown }): string {
	return [what, OP_WORDS[test.op], valueWords(test.op, test.value)].filter(Boolean).join(' ');
}

function propertyWords(tests: PropertyTest[] | undefined): string {
	if (!tests?.length) return '';
	return ` with ${tests.map((test) => testWords(eventWords(test.property), test)).join(' and ')}`;
}

/** A condition in words: "age is above 65 and opened “Visit survey”". */
export function describeWhere(where: Where, names: Names): string {
	if ('all' in where) return joinWords(where.all, ' and ', 'everyone', names);
	if ('any' in where) return joinWords(where.any, ' or ', 'nobody', names);
	if ('not' in where) return `not (${describeWhere(where.not, names)})`;
	if ('attribute' in where) return testWords(small(names.attribute(where.attribute)), where);
	if ('trigger' in where) return testWords(eventWords(where.trigger), where);
	if ('event' in where) {
		const { name, count, within } = where.event;
		const often = count ? ` ${OP_WORDS[count.op].replace('is ', '')} ${count.value} times` : '';
		const time = within ? ` in the last ${formatDuration(within)}` : '';
		return `${eventWords(name)}${propertyWords(where.event.where)}${often}${time}`;
	}
	if ('message' in where) {
		const { step, was, within } = where.message;
		const which = step ? `“${names.step?.(step) ?? step}”` : 'a message';
		return `${was} ${which}${within ? ` within ${formatDuration(within)}` : ''}`;
	}
	if ('segment' in where) return `in segment ${names.segment?.(where.segment) ?? where.segment}`;
	if ('consent' in where) return `${where.consent} consent${where.topic ? ` for ${where.topic}` : ''}`;
	// A condition that somebody has just begun has no shape yet.
	return '…';
}

function joinWords(parts: Where[], word: string, none: string, names: Names): string {
	if (!parts.length) return none;
	return parts
		.map((part) => {
			const said = describeWhere(part, names);
			const mixed = ('all' in part || 'any' in part) && parts.length > 1;
			return mixed ? `(${said})` : said;
		})
		.join(word);
}
