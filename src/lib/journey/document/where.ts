/** Conditions (§4). They are read one by one in `compile/read-where.ts`, for what a value may be depends on its operator. */
import * as z from 'zod/mini';
import { attributeKey, duration, eventName, propertyPath, slug, text } from './values.ts';
import { known, said } from './words.ts';

export const opSchema = z.enum([
	'=',
	'!=',
	'<',
	'<=',
	'>',
	'>=',
	'in',
	'contains',
	'startsWith',
	'matches',
	'exists',
	'missing',
	'before',
	'after',
	'withinLast',
	'withinNext',
	'anniversaryWithin'
]);
export type Op = z.infer<typeof opSchema>;

export const COUNT_OPS = ['=', '!=', '<', '<=', '>', '>='] as const;

/** What a comparison is called where one is chosen. */
export const OP_LABELS: Record<Op, string> = {
	'=': 'is',
	'!=': 'is not',
	'<': 'is below',
	'<=': 'is at most',
	'>': 'is above',
	'>=': 'is at least',
	in: 'is one of',
	contains: 'contains',
	startsWith: 'starts with',
	matches: 'matches a pattern',
	exists: 'is known',
	missing: 'is missing',
	before: 'is before',
	after: 'is after',
	withinLast: 'was in the last',
	withinNext: 'is in the next',
	anniversaryWithin: 'comes round in the next'
};

const op = said(opSchema, 'Comparison', 'How the two are compared.', {
	options: OP_LABELS
});
const value = said(
	z.optional(z.unknown()),
	'Value',
	'What to compare with; none for “is known” and “is missing”.',
	{ control: 'value' }
);

/** What a value may be depends on its operator. */
const comparison = { json: { allOf: [{ $ref: '#/$defs/Comparison' }] } };

/** One test of an event's property. */
export const propertyTestSchema = known(
	z.strictObject({
		property: said(propertyPath, 'Property', 'The property of the event, with dots into what is nested.'),
		op,
		value
	}),
	comparison
);
export type PropertyTest = z.infer<typeof propertyTestSchema>;

export const attributeTestSchema = known(
	z.strictObject({
		attribute: said(attributeKey, 'Attribute', 'What is known of the contact.'),
		op,
		value
	}),
	comparison
);
export type AttributeTest = z.infer<typeof attributeTestSchema>;

export const triggerTestSchema = known(
	z.strictObject({
		trigger: said(
			propertyPath,
			'Property of the event',
			'Of the event that let the contact in; in a trigger, of the one that arrives.'
		),
		op,
		value
	}),
	comparison
);
export type TriggerTest = z.infer<typeof triggerTestSchema>;

export const propertyTests = known(z.array(propertyTestSchema), { control: 'tests' });

export const eventTestSchema = z.strictObject({
	event: said(
		z.strictObject({
			name: said(eventName, 'Event', 'The name of the event.'),
			where: said(z.optional(propertyTests), 'With', 'What its properties must be; all of them.'),
			within: said(z.optional(duration), 'In the last', 'How far back to look; without it, at all events.'),
			count: said(
				z.optional(
					z.strictObject({
						op: said(z.enum(COUNT_OPS), 'Comparison', 'How the number is compared.', {
							options: {
								'=': 'exactly',
								'!=': 'not',
								'<': 'fewer than',
								'<=': 'at most',
								'>': 'more than',
								'>=': 'at least'
							}
						}),
						value: said(
							z.number().check(z.int('write a whole number'), z.gte(0, 'it is below 0')),
							'Times',
							'How often it happened.'
						)
					})
				),
				'How often',
				'How many such events there must be; without it, at least one.'
			)
		}),
		'Event',
		'Holds when the contact has such an event.'
	)
});
export type EventTest = z.infer<typeof eventTestSchema>;

export const messageTestSchema = z.strictObject({
	message: said(
		z.strictObject({
			step: said(z.optional(slug), 'Sent by', 'The step that sent it; without it, any.', { control: 'step' }),
			was: said(
				z.enum(['sent', 'delivered', 'opened', 'clicked', 'bounced', 'ignored']),
				'What became of it',
				'Only people count: a machine’s open or click is none.',
				{
					options: {
						sent: 'was sent',
						delivered: 'was delivered',
						opened: 'was opened',
						clicked: 'was clicked',
						bounced: 'bounced',
						ignored: 'was delivered, and neither opened nor clicked'
					}
				}
			),
			link: said(z.optional(text(2_000)), 'Link', 'The address of the link that was clicked.'),
			within: said(z.optional(duration), 'Within', 'How long after the sending it counts.')
		}),
		'Message',
		'Holds when such a message went to the contact.'
	)
});
export type MessageTest = z.infer<typeof messageTestSchema>;

export const segmentTestSchema = z.strictObject({
	segment: said(slug, 'Segment', 'Holds while the contact is in it.', { control: 'segment' })
});
export type SegmentTest = z.infer<typeof segmentTestSchema>;

export const consentTestSchema = z.strictObject({
	consent: said(
		z.enum(['marketing', 'email', 'text']),
		'Consent',
		'Holds while the contact has given it and it has not run out.',
		{ options: { marketing: 'to marketing', email: 'to email', text: 'to text messages' } }
	),
	topic: said(z.optional(text(200)), 'Topic', 'The topic it must cover.')
});
export type ConsentTest = z.infer<typeof consentTestSchema>;

/** A condition (§4). */
export type Where =
	| { all: Where[] }
	| { any: Where[] }
	| { not: Where }
	| AttributeTest
	| TriggerTest
	| EventTest
	| MessageTest
	| SegmentTest
	| ConsentTest;

function isGroup(input: unknown): boolean {
	return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** Stands for a condition in the schemas; the condition itself is read by its own reader, which knows its place. */
export const where = known(z.custom<Where>(isGroup), {
	control: 'where',
	json: { $ref: '#/$defs/Where' }
});

/** A condition and, in `within`, how long after the entry it still counts. */
export type Goal = Where & { within?: string };
export const goal = known(z.custom<Goal>(isGroup), {
	control: 'goal',
	json: { $ref: '#/$defs/Goal' }
});
export const goalWithinSchema = said(
	duration,
	'Within',
	'How long after the entry it still counts, that instant included.'
);
