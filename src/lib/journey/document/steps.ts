/** The settings of decisions, waits and actions (§3). */
import * as z from 'zod/mini';
import { quietHours } from './settings.ts';
import {
	attributeKey,
	count,
	dateRef,
	days,
	duration,
	eventName,
	httpUrl,
	isCleanText,
	offset,
	propertyPath,
	slug,
	text,
	time
} from './values.ts';
import { known, said } from './words.ts';
import { propertyTests, where } from './where.ts';

const MATCH_TAKEN = ['else', 'next', 'repeat'];
const RANDOM_TAKEN = ['next', 'repeat'];

function branchId(taken: string[]) {
	return said(slug, 'Id', 'What the edge that leaves it names; it stays when the name changes.', {
		json: { not: { enum: taken } }
	});
}

const branchLabel = said(z.optional(text(200, 0)), 'Name', 'What the canvas and the reports call it.');

function hasDistinctIds(branches: { id: string }[]): boolean {
	return new Set(branches.map((branch) => branch.id)).size === branches.length;
}

function hasFreeIds(taken: string[]): (branches: { id: string }[]) => boolean {
	return (branches) => !branches.some((branch) => taken.includes(branch.id));
}

export const decisionSchemas = {
	'decide.if': z.strictObject({
		where: said(where, 'Condition', 'Who fulfils it goes on along “yes”, everybody else along “no”.')
	}),
	'decide.match': z.strictObject({
		branches: said(
			known(
				z
					.array(
						z.strictObject({
							id: branchId(MATCH_TAKEN),
							label: branchLabel,
							where: said(where, 'Condition', 'Who fulfils it, and none before it, goes this way.')
						})
					)
					.check(
						z.minLength(1, 'it needs at least one branch'),
						z.maxLength(100, 'it holds more than 100 branches'),
						z.refine(hasDistinctIds, 'two branches have the same id'),
						z.refine(hasFreeIds(MATCH_TAKEN), '“else”, “next” and “repeat” are no names of branches')
					),
				{ control: 'branches' }
			),
			'Ways',
			'In order: the first whose condition holds is taken, else “otherwise”.'
		)
	}),
	'decide.random': z.strictObject({
		branches: said(
			known(
				z
					.array(
						z.strictObject({
							id: branchId(RANDOM_TAKEN),
							label: branchLabel,
							weight: said(
								z
									.number()
									.check(
										z.int('write a whole number'),
										z.gte(0, 'it is below 0'),
										z.lte(1_000_000, 'it is too high')
									),
								'Weight',
								'Its part of all weights together: 1 and 3 are a quarter and three quarters.'
							)
						})
					)
					.check(
						z.minLength(1, 'it needs at least one branch'),
						z.maxLength(100, 'it holds more than 100 branches'),
						z.refine(hasDistinctIds, 'two branches have the same id'),
						z.refine(hasFreeIds(RANDOM_TAKEN), '“next” and “repeat” are no names of branches'),
						z.refine(
							(branches) => branches.some((branch) => branch.weight > 0),
							'give at least one branch a weight above 0'
						)
					),
				{
					control: 'branches',
					json: { contains: { properties: { weight: { exclusiveMinimum: 0 } } } }
				}
			),
			'Ways',
			'Chosen by chance, in these shares; the same contact always goes the same way.'
		)
	})
} as const;

export const waitSchemas = {
	'wait.for': z.strictObject({
		duration: said(duration, 'How long', 'Days, weeks, months and years go by the contact’s calendar.')
	}),
	'wait.until': known(
		z
			.strictObject({
				at: said(
					z.optional(time),
					'At',
					'The time of day in the contact’s time zone; with “until”, where a window opens.'
				),
				until: said(z.optional(time), 'Until', 'Where the window closes; inside of it nobody waits.'),
				days: said(z.optional(days), 'On', 'The days of the week; without a time, the whole day.'),
				date: said(
					z.optional(dateRef),
					'Date',
					'A date of the contact, or of the event; when an attribute changes, the wait follows it.'
				),
				offset: said(z.optional(offset), 'Before or after', 'How long before or after that date.', {
					default: 'P0D'
				})
			})
			.check(
				z.refine(
					(config) => config.at !== undefined || config.days !== undefined || config.date !== undefined,
					{
						error: 'say what to wait for: a time of day, days of the week, or a date'
					}
				),
				z.refine((config) => config.until === undefined || config.at !== undefined, {
					error: 'a window needs its start in “at”',
					path: ['until']
				}),
				z.refine((config) => config.until === undefined || config.until !== config.at, {
					error: 'a window that ends when it starts is empty',
					path: ['until']
				}),
				z.refine((config) => config.date === undefined || config.until === undefined, {
					error: 'a wait for a date has no window',
					path: ['until']
				}),
				z.refine((config) => config.date === undefined || config.days === undefined, {
					error: 'a wait for a date has no days of the week',
					path: ['days']
				}),
				z.refine((config) => config.offset === undefined || config.date !== undefined, {
					error: 'it counts from a date, and there is none',
					path: ['offset']
				})
			),
		{
			json: {
				anyOf: [{ required: ['at'] }, { required: ['days'] }, { required: ['date'] }],
				dependentRequired: { until: ['at'], offset: ['date'] },
				not: { required: ['date'], anyOf: [{ required: ['until'] }, { required: ['days'] }] }
			}
		}
	),
	'wait.event': z.strictObject({
		event: said(eventName, 'Event', 'The event that is waited for.'),
		match: said(z.optional(propertyTests), 'Only when', 'What its properties must be; all of them.'),
		same: said(
			z.optional(propertyPath),
			'The same',
			'A property that must equal that of the event that let the contact in: this appointment, not another.'
		),
		timeout: said(duration, 'At most', 'How long to wait before going on along “time is up”.')
	}),
	'wait.pace': z.strictObject({
		contacts: said(count, 'Contacts', 'How many may go on.'),
		per: said(duration, 'In', 'In any such time: each as early as possible, in order of arrival.')
	}),
	'wait.approval': z.strictObject({
		by: said(
			known(z.union([text(200), z.array(text(200)).check(z.minLength(1, 'name at least one person'))]), {
				control: 'list'
			}),
			'Who is asked',
			'A role, or people by name; the first answer counts.'
		),
		ask: said(text(2_000), 'Question', 'What they are asked; it may hold values of the contact.', {
			control: 'longText'
		}),
		timeout: said(duration, 'At most', 'How long to wait for the answer before going on along “time is up”.')
	})
} as const;

const sendSettings = {
	template: said(slug, 'Message', 'The message that is sent.', { control: 'template' }),
	purpose: said(
		z.enum(['treatment', 'operations', 'marketing']),
		'Purpose',
		'Why it is sent; marketing needs the contact’s authorization.',
		{ options: { treatment: 'treatment', operations: 'operations', marketing: 'marketing' } }
	),
	remuneration: said(
		z.optional(z.enum(['none', 'inKind', 'financial'])),
		'Paid for',
		'What a third party gives for sending it; money makes it marketing, unless it only covers costs.',
		{ options: { none: 'by nobody', inKind: 'in kind', financial: 'with money' }, default: 'none' }
	),
	costRelated: said(
		z.optional(z.boolean()),
		'Only covers costs',
		'The payment is for a refill reminder or the like, and reasonably related to what it costs.',
		{ default: false }
	),
	sponsor: said(z.optional(text(200)), 'Sponsor', 'Who pays; the authorization must name them.'),
	topic: said(
		z.optional(text(200)),
		'Topic',
		'What contacts subscribe to and leave by; the authorization must cover it.'
	),
	quietHours: said(z.optional(quietHours), 'Quiet hours', 'For this message, in place of the journey’s.'),
	ignoreCap: said(
		z.optional(z.boolean()),
		'Not counted by the cap',
		'Passes the journey’s and the workspace’s frequency cap.',
		{ default: false }
	)
} as const;

const segmentSettings = z.strictObject({
	segment: said(slug, 'Segment', 'A segment that is kept by hand.', { control: 'segment' })
});

export const attributeValue = z.union([
	z
		.string()
		.check(
			z.maxLength(20_000, 'it is too long'),
			z.refine(isCleanText, 'it holds characters that are no text')
		),
	z.number(),
	z.boolean(),
	z.null(),
	z.array(z.union([z.string(), z.number(), z.boolean()]))
]);

export const actionSchemas = {
	'send.email': z.strictObject({
		...sendSettings,
		subject: said(z.optional(text(500)), 'Subject', 'In place of the message’s own.'),
		from: said(z.optional(text(320)), 'Sender', 'The address it comes from, in place of the workspace’s.'),
		security: said(
			z.optional(z.enum(['auto', 'tls', 'portal'])),
			'Delivery',
			'How it travels: encrypted where the other side can, only encrypted, or as a link into the portal.',
			{
				options: {
					auto: 'encrypted where possible, else through the portal',
					tls: 'only encrypted, else not at all',
					portal: 'always through the portal'
				},
				default: 'auto'
			}
		),
		attachments: said(
			z.optional(z.array(text(200)).check(z.maxLength(20, 'it holds more than 20 files'))),
			'Attachments',
			'Names of files of the workspace.'
		)
	}),
	'send.text': z.strictObject(sendSettings),
	'contact.update': z.strictObject({
		set: said(
			known(
				z
					.record(attributeKey, attributeValue)
					.check(z.refine((set) => Object.keys(set).length > 0, 'set at least one attribute')),
				{ control: 'set', json: { minProperties: 1 } }
			),
			'Set',
			'The new value of each attribute, plain or with values of the contact; an empty one takes it away.'
		)
	}),
	'segment.add': segmentSettings,
	'segment.remove': segmentSettings,
	'webhook.call': z.strictObject({
		url: said(httpUrl, 'Address', 'Where your system listens.'),
		method: said(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), 'Method', 'How it is called.', {
			options: { GET: 'GET', POST: 'POST', PUT: 'PUT', PATCH: 'PATCH', DELETE: 'DELETE' }
		}),
		headers: said(
			z.optional(
				known(
					z.record(
						z.string().check(z.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'this is no name of a header')),
						text(2_000, 0)
					),
					{ control: 'headers' }
				)
			),
			'Headers',
			'What is sent beside the body, by name.'
		),
		body: said(z.optional(text(100_000, 0)), 'Body', 'What is sent; it may hold values of the contact.', {
			control: 'longText'
		}),
		save: said(
			z.optional(attributeKey),
			'Keep the answer in',
			'The attribute that takes the body of the answer.'
		)
	}),
	'notify.team': z.strictObject({
		to: said(
			z.array(text(320)).check(z.minLength(1, 'name at least one person')),
			'Who',
			'People of the team by name, or addresses.'
		),
		message: said(text(5_000), 'Note', 'What they read; it may hold values of the contact.', {
			control: 'longText'
		})
	}),
	'journey.enter': z.strictObject({
		journey: said(slug, 'Journey', 'The other journey; it needs a trigger “By hand”.', {
			control: 'journey'
		}),
		stay: said(
			z.boolean(),
			'Go on here too',
			'Stays in this journey as well; without it, this passage ends as moved.'
		)
	}),
	exit: z.strictObject({
		reason: said(z.optional(text(200)), 'Reason', 'What the reports call this end.')
	})
} as const;
