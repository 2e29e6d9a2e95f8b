/** The attributes that steps and conditions name, and their types. */
import type { AttributeTest, Op } from '../../document.ts';
import { opWords } from '../../sentence.ts';
import type { AttributeType } from '../../world.ts';
import { parseDay, parseInstant } from '../../zone.ts';
import { at, diagnose, type Fix } from '../diagnostic.ts';
import type { AttributeSummary } from '../workspace.ts';
import type { Analysis } from './analysis.ts';
import { similarTo } from './similar.ts';

export const TYPE_WORDS: Record<AttributeType, string> = {
	text: 'text',
	number: 'a number',
	boolean: 'yes or no',
	date: 'a date',
	datetime: 'a date with a time',
	list: 'a list'
};

const ORDERED: AttributeType[] = ['text', 'number', 'date', 'datetime'];
const SINGLE: AttributeType[] = [...ORDERED, 'boolean'];
const DATES: AttributeType[] = ['date', 'datetime'];
const ANY: AttributeType[] = [...SINGLE, 'list'];

/** The types that each operator can be asked of; the inspector offers no other. */
export const TYPES_OF_OP: Record<Op, readonly AttributeType[]> = {
	'=': SINGLE,
	'!=': SINGLE,
	'<': ORDERED,
	'<=': ORDERED,
	'>': ORDERED,
	'>=': ORDERED,
	in: SINGLE,
	contains: ['text', 'list'],
	startsWith: ['text'],
	matches: ['text'],
	exists: ANY,
	missing: ANY,
	before: DATES,
	after: DATES,
	withinLast: DATES,
	withinNext: DATES,
	anniversaryWithin: DATES
};

/** What a key is called that nobody knows: the attribute that was probably meant. */
export function meantAttribute(key: string, { attributes }: Analysis): AttributeSummary | undefined {
	return similarTo(key, [...attributes.values()], (attribute) => [attribute.key, attribute.label]);
}

/** Reports an attribute that no contact has. `fixFor` says what to do about the one that was probably meant. */
export function reportUnknownAttribute(
	key: string,
	path: string,
	step: string | undefined,
	analysis: Analysis,
	fixFor: (meant: AttributeSummary) => Fix = (meant) => ({
		label: `Use “${meant.label}”`,
		patch: [{ op: 'set', path, value: meant.key }]
	})
): void {
	const meant = meantAttribute(key, analysis);
	const fix = meant && fixFor(meant);
	const message = `No contact has an attribute “${key}”. Choose one that exists, or send it in with a contact first.`;
	analysis.found.push(diagnose('attribute.unknown', path, message, { step, fix }));
}

/** One comparison of an attribute: that there is one, and that it can be asked so. */
export function checkAttributeTest(
	test: AttributeTest,
	path: string,
	step: string | undefined,
	analysis: Analysis
): void {
	const attribute = analysis.attributes.get(test.attribute);
	if (!attribute) return reportUnknownAttribute(test.attribute, at(path, 'attribute'), step, analysis);
	const { label, type } = attribute;
	if (!TYPES_OF_OP[test.op].includes(type)) {
		const message = `“${label}” is ${TYPE_WORDS[type]}, so “${opWords(test.op)}” can't be asked of it. Choose another comparison.`;
		analysis.found.push(diagnose('attribute.type', at(path, 'op'), message, { step }));
	} else if (!fitsType(test, type)) {
		const message = `“${label}” is ${TYPE_WORDS[type]}. Compare it with ${TYPE_WORDS[type]}.`;
		analysis.found.push(diagnose('attribute.type', at(path, 'value'), message, { step }));
	}
}

const LOOK_AT_VALUE = new Set<Op>(['=', '!=', '<', '<=', '>', '>=', 'before', 'after']);

function fitsType(test: AttributeTest, type: AttributeType): boolean {
	if (test.op === 'in')
		return Array.isArray(test.value) && test.value.every((value: unknown) => isOf(value, type));
	if (test.op === 'contains' && type === 'text') return typeof test.value === 'string';
	return !LOOK_AT_VALUE.has(test.op) || isOf(test.value, type);
}

function isOf(value: unknown, type: AttributeType): boolean {
	switch (type) {
		case 'text':
			return typeof value === 'string';
		case 'number':
		case 'boolean':
			return typeof value === type;
		case 'date':
			return typeof value === 'string' && parseDay(value) !== null;
		case 'datetime':
			return typeof value === 'string' && parseInstant(value) !== null;
		case 'list':
			return false;
	}
}
