// The tables of docs/journey-language.md, made from the language's own schemas.
import {
	attributeTestSchema,
	consentTestSchema,
	eventTestSchema,
	messageTestSchema,
	segmentTestSchema,
	timeForms,
	triggerTestSchema
} from '../src/lib/journey/document.ts';
import { severities } from '../src/lib/journey/compile/diagnostic.ts';
import {
	STEP_KINDS,
	fieldsIn,
	fieldsOf,
	frameFields,
	journeyFields,
	type Field
} from '../src/lib/journey/index.ts';
import { diagnosticWords } from './diagnostic-words.ts';

const fieldsByTable: Record<string, readonly Field[]> = {
	document: frameFields.document,
	step: frameFields.step,
	edge: frameFields.edge,
	settings: journeyFields,
	...Object.fromEntries(
		Object.entries(timeForms).map(([form, schema]) => [`trigger.time ${form}`, fieldsIn(schema)])
	),
	...Object.fromEntries(
		STEP_KINDS.filter((kind) => kind !== 'trigger.time').map((kind) => [kind, fieldsOf(kind)])
	),
	'where attribute': fieldsIn(attributeTestSchema),
	'where trigger': fieldsIn(triggerTestSchema),
	'where event': fieldsIn(eventTestSchema),
	'where message': fieldsIn(messageTestSchema),
	'where segment': fieldsIn(segmentTestSchema),
	'where consent': fieldsIn(consentTestSchema)
};

/** The names that a `<!-- table NAME -->` of the docs may have. */
export const tableNames: readonly string[] = [...Object.keys(fieldsByTable), 'diagnostics'];

const MARKED = /(<!-- table (.+?) -->\n)[^]*?(<!-- \/table -->)/g;

/** The text with every table between its marks made anew. Throws for a name that is none. */
export function withTables(text: string): string {
	return text.replace(
		MARKED,
		(_, begin: string, name: string, end: string) => `${begin}${tableOf(name)}\n${end}`
	);
}

/** The names of the tables in a text, in order. */
export function tablesIn(text: string): string[] {
	return [...text.matchAll(MARKED)].map((match) => match[2] ?? '');
}

function tableOf(name: string): string {
	if (name === 'diagnostics') return diagnosticsTable();
	const fields = fieldsByTable[name];
	if (!fields) throw new Error(`There is no table “${name}”. Use one of: ${tableNames.join(', ')}.`);
	return fieldsTable(fields);
}

function table(head: string[], rows: string[][]): string {
	const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function diagnosticsTable(): string {
	return table(
		['code', 'severity', 'meaning', 'what to do'],
		Object.entries(severities).map(([code, severity]) => {
			const { meaning, todo } = diagnosticWords[code as keyof typeof severities];
			return [`\`${code}\``, severity, meaning, todo];
		})
	);
}

function fieldsTable(fields: readonly Field[]): string {
	return table(
		['key', 'value', 'without it', 'what it is'],
		fields.flatMap((field) => rowsOf(field))
	);
}

function rowsOf(field: Field, before = ''): string[][] {
	const key = before + field.path.join('.');
	const isList = field.control === 'branches' || field.control === 'tests';
	const inner = (field.fields ?? []).flatMap((each) => rowsOf(each, isList ? `${key}[].` : ''));
	return [
		[`\`${key}\``, valueWords(field), withoutWords(field), `${field.label}: ${decapitalized(field.hint)}`],
		...inner
	];
}

function decapitalized(hint: string): string {
	return /^(?:A|I)\b|^\p{Lu}{2}/u.test(hint) ? hint : hint.charAt(0).toLowerCase() + hint.slice(1);
}

function withoutWords(field: Field): string {
	if (field.required) return 'needed';
	return field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
}

function choiceWords({ options = [] }: Field): string {
	return options.map(({ value }) => `\`${value}\``).join(', ');
}

function lengthWords({ max }: Field, what: string): string {
	return max === undefined ? what : `${what}, at most ${max.toLocaleString('en-US')} characters`;
}

function numberWords({ min, max }: Field): string {
	if (min === undefined) return 'number';
	return max === undefined
		? `whole number from ${min}`
		: `whole number, ${min} to ${max.toLocaleString('en-US')}`;
}

function valueWords(field: Field): string {
	switch (field.control) {
		case 'text':
		case 'longText':
			return lengthWords(field, 'text');
		case 'slug':
			return 'slug';
		case 'part':
			return 'see below';
		case 'number':
			return numberWords(field);
		case 'yesNo':
			return '`true`, `false`';
		case 'choice':
			return choiceWords(field);
		case 'duration':
			return 'duration above zero';
		case 'offset':
			return 'duration, with `-` for before';
		case 'time':
			return 'time of day';
		case 'instant':
			return 'instant';
		case 'days':
			return 'list of 1 (Monday) to 7';
		case 'timezone':
			return 'time zone';
		case 'recurrence':
			return 'recurrence of days';
		case 'date':
			return 'attribute, or `trigger.` and a property';
		case 'event':
			return 'name of an event';
		case 'where':
			return 'condition';
		case 'goal':
			return 'condition, with or without `within`';
		case 'tests':
			return 'list of tests';
		case 'value':
			return 'as the comparison asks';
		case 'branches':
			return `list of ${field.min} to ${field.max}`;
		case 'template':
			return 'slug of a message';
		case 'attribute':
			return 'key of an attribute';
		case 'segment':
			return 'slug of a segment';
		case 'journey':
			return 'slug of a journey';
		case 'step':
			return 'id of a step';
		case 'payload':
			return 'JSON Schema';
		case 'headers':
			return 'texts by name';
		case 'set':
			return 'values by attribute';
		case 'list':
			return field.isAlone ? 'text, or list of texts' : 'list of texts';
		case 'group':
			return 'group';
	}
}
