import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
	STEP_KINDS,
	attributeTestSchema,
	configSchemas,
	consentTestSchema,
	documentFrameSchema,
	edgeSchema,
	eventTestSchema,
	messageTestSchema,
	segmentTestSchema,
	settingsSchema,
	stepFrameSchema,
	triggerTestSchema
} from './document.ts';
import { wordsOf } from './document/words.ts';
import { fieldsIn, fieldsOf, journeyFields, type Field } from './fields.ts';

const roots: [string, z.core.$ZodType][] = [
	['the document', documentFrameSchema],
	['the settings', settingsSchema],
	['a step', stepFrameSchema],
	['an edge', edgeSchema],
	...STEP_KINDS.map((kind): [string, z.core.$ZodType] => [kind, configSchemas[kind]]),
	['an attribute’s test', attributeTestSchema],
	['a trigger’s test', triggerTestSchema],
	['an event’s test', eventTestSchema],
	['a message’s test', messageTestSchema],
	['a segment’s test', segmentTestSchema],
	['a consent’s test', consentTestSchema]
];

/** Every key of every object in a schema, however deep, with the schema of its value. */
function keysIn(schema: z.core.$ZodType, path = ''): [string, z.core.$ZodType][] {
	if (schema instanceof z.ZodMiniOptional) return keysIn(schema._zod.def.innerType, path);
	if (schema instanceof z.ZodMiniArray) return keysIn(schema._zod.def.element, `${path}/-`);
	if (schema instanceof z.ZodMiniUnion) return schema._zod.def.options.flatMap((each) => keysIn(each, path));
	if (!(schema instanceof z.ZodMiniObject)) return [];
	return Object.entries(schema._zod.def.shape).flatMap(([key, value]): [string, z.core.$ZodType][] => [
		[`${path}/${key}`, value],
		...keysIn(value, `${path}/${key}`)
	]);
}

function enumIn(schema: z.core.$ZodType): z.ZodMiniEnum | null {
	if (schema instanceof z.ZodMiniOptional) return enumIn(schema._zod.def.innerType);
	return schema instanceof z.ZodMiniEnum ? schema : null;
}

describe('every key has a label and a sentence', () => {
	test.each(roots)('of %s', (_, root) => {
		for (const [path, schema] of keysIn(root)) {
			const { label, hint } = wordsOf(schema);
			expect(label, `${path} has no label`).toMatch(/^\p{Lu}/u);
			expect(hint, `${path} has no hint`).toMatch(/^\p{Lu}.*\.$/u);
		}
	});

	test('and every choice has words', () => {
		for (const [name, root] of roots)
			for (const [path, schema] of keysIn(root)) {
				const values = enumIn(schema)?._zod.def.entries ?? {};
				const { options = {} } = wordsOf(schema);
				if (path === '/kind') continue;
				expect(Object.keys(options), `${name} ${path}`).toEqual(Object.values(values));
			}
	});
});

const shortOf = (field: Field): string => {
	const inner = field.fields?.map(shortOf).join(' ');
	return `${field.path.join('.')}${field.required ? '' : '?'}:${field.control}${inner ? `(${inner})` : ''}`;
};
const linesOf = (fields: readonly Field[]) => fields.map(shortOf);
const limit = 'limit?:group(limit.contacts:number limit.per:duration)';
const quiet =
	'quietHours?:group(quietHours.from:time quietHours.to:time quietHours.days?:days quietHours.collision?:choice)';
const tests = '(property:text op:choice value?:value)';

test.each<[Parameters<typeof fieldsOf>[0], unknown, string[]]>([
	['trigger.time', {}, ['date:date', 'offset:offset', 'at:time', 'repeat:choice', 'audience?:where', limit]],
	['trigger.time', { every: '' }, ['every:recurrence', 'at:time', 'audience:where', limit]],
	[
		'trigger.time',
		{ inactive: {} },
		['inactive:group(inactive.event:event inactive.for:duration)', 'audience?:where', limit]
	],
	['trigger.time', { at: '2026-03-01T09:00:00Z' }, ['at:instant', 'audience:where', limit]],
	[
		'trigger.behavior',
		{},
		['event:choice', 'where?:where', 'journey?:journey', 'step?:step', 'for?:duration', 'key?:text', limit]
	],
	['trigger.api', {}, ['name:slug', 'payload?:payload', 'where?:where', 'key?:text', limit]],
	['trigger.segment', {}, ['segment:segment', 'on:choice', limit]],
	['trigger.manual', {}, [limit]],
	['decide.match', {}, ['branches:branches(id:slug label?:text where:where)']],
	['decide.random', {}, ['branches:branches(id:slug label?:text weight:number)']],
	['wait.until', {}, ['at?:time', 'until?:time', 'days?:days', 'date?:date', 'offset?:offset']],
	['wait.event', {}, ['event:event', `match?:tests${tests}`, 'same?:text', 'timeout:duration']],
	['wait.approval', {}, ['by:list', 'ask:longText', 'timeout:duration']],
	[
		'send.text',
		{},
		[
			'template:template',
			'purpose:choice',
			'remuneration?:choice',
			'costRelated?:yesNo',
			'sponsor?:text',
			'topic?:text',
			quiet,
			'ignoreCap?:yesNo'
		]
	],
	['contact.update', {}, ['set:set']],
	[
		'webhook.call',
		{},
		['url:text', 'method:choice', 'headers?:headers', 'body?:longText', 'save?:attribute']
	],
	['journey.enter', {}, ['journey:journey', 'stay:yesNo']]
])('%s %j', (kind, config, lines) => expect(linesOf(fieldsOf(kind, config))).toEqual(lines));

test('the journey’s own settings', () => {
	expect(journeyFields.map(({ path, control }) => `${path.join('.')}:${control}`)).toEqual([
		'timezone:timezone',
		'reentry:group',
		'exitWhen:where',
		'goal:goal',
		'quietHours:group',
		'frequencyCap:group',
		'maxVisits:number'
	]);
});

test('a field knows its bounds, its choices and what holds without it', () => {
	const [method] = fieldsOf('webhook.call').filter(({ path }) => path[0] === 'method');
	expect(method?.options?.map(({ value }) => value)).toEqual(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
	expect(journeyFields.at(-1)).toMatchObject({ min: 1, max: 100, default: 1, required: false });
	expect(fieldsOf('exit')[0]).toMatchObject({ min: 1, max: 200 });
	expect(fieldsOf('decide.random')[0]).toMatchObject({ min: 1, max: 100 });
	const [, times] = fieldsIn(eventTestSchema)[0]?.fields?.at(-1)?.fields ?? [];
	expect(times).toMatchObject({ path: ['event', 'count', 'value'], min: 0 });
	expect(times).not.toHaveProperty('max');
});
