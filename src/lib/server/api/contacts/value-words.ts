/** Values of attributes and properties, and what a decision read, as people read them. Pure. */
import { eventWords, type Read } from '$lib/journey/index.ts';
import { formatDate, formatTime } from '$lib/text/format.ts';
import { labelOf } from '../../ingest/attribute-type.ts';
import type { LoadedNames } from '../reports/names.ts';
import { sentence } from '../reports/words.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** A value in words; times in `zone`. */
export function valueInWords(value: unknown, zone: string): string {
	if (value === null || value === undefined || value === '') return 'none';
	if (typeof value === 'boolean') return value ? 'yes' : 'no';
	if (typeof value === 'number') return String(value);
	if (Array.isArray(value)) return value.map((item) => valueInWords(item, zone)).join(', ') || 'none';
	if (typeof value === 'object')
		return Object.entries(value)
			.map(([key, inner]) => `${eventWords(key)}: ${valueInWords(inner, zone)}`)
			.join(', ');
	const text = String(value);
	if (DAY.test(text)) return formatDate(text, zone);
	return INSTANT.test(text) && !Number.isNaN(Date.parse(text)) ? formatTime(text, zone) : text;
}

/** What a decision read, as far as it is seen: "Age: 71, holds". `stepTitle` names the step of a message. */
export function readInWords(
	read: Read,
	names: LoadedNames,
	stepTitle: (id: string) => string,
	zone: string
): string {
	const at = read.what.indexOf(':');
	const [kind, what] = [read.what.slice(0, at), read.what.slice(at + 1)];
	const value = valueInWords(read.value, zone);
	const holds = read.holds ? 'holds' : 'does not hold';
	switch (kind) {
		case 'attribute':
			return `${names.attribute(what)}: ${value} (${holds})`;
		case 'trigger':
			return `${labelOf(what)} of the event that started it: ${value} (${holds})`;
		case 'event':
			return `${sentence(eventWords(what))}: ${read.holds ? 'happened' : 'did not happen'}`;
		case 'message':
			return `${messageWords(what, stepTitle)}: ${read.holds ? 'yes' : 'no'}`;
		case 'consent':
			return `${sentence(what)} consent: ${read.holds ? 'given' : 'not given'}`;
		default:
			return `${eventWords(read.what)}: ${value} (${holds})`;
	}
}

/** "survey opened" → "“Visit survey” opened". */
function messageWords(what: string, stepTitle: (id: string) => string): string {
	const [step, ...was] = what.split(' ');
	if (step === undefined || was.length === 0) return `a message was ${what}`;
	return `“${stepTitle(step)}” ${was.join(' ')}`;
}
