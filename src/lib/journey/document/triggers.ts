/** The settings of the triggers (§3). */
import * as z from 'zod/mini';
import {
	count,
	dateRef,
	duration,
	eventName,
	instant,
	offset,
	propertyPath,
	recurrence,
	slug,
	time
} from './values.ts';
import { known, said } from './words.ts';
import { where } from './where.ts';

const key = said(
	z.optional(propertyPath),
	'A passage for each',
	'A property of the event: each new value of it lets the contact in once, whatever the rule for entering again.'
);

/** At most so many entries in any window of `per`; the rest enter later, in order. */
const limit = said(
	z.optional(
		z.strictObject({
			contacts: said(count, 'Contacts', 'How many may enter.'),
			per: said(duration, 'In', 'In any such time.')
		})
	),
	'At most',
	'Lets only so many in at a time; the others enter later, in order, and nobody is lost.'
);

const optionalAudience = said(
	z.optional(where),
	'Only who',
	'Looked at when they would enter; without it, everybody.'
);
const audience = said(where, 'Who', 'Everybody who fulfils this then enters.');
const incoming = said(z.optional(where), 'Only when', 'A condition on the event and on the contact.');

export const BEHAVIORS = [
	'email.opened',
	'email.clicked',
	'email.ignored',
	'page.viewed',
	'form.submitted',
	'resource.downloaded',
	'list.subscribed'
] as const;

/** The four forms of a trigger by time, told apart by the key that names them. */
export const timeForms = {
	date: z.strictObject({
		date: said(dateRef, 'Date', 'The date of the contact that it starts from.'),
		offset: said(offset, 'When', 'How long before or after that date; P0D is the day itself.'),
		at: said(time, 'At', 'The time of day, in the contact’s time zone.'),
		repeat: said(z.enum(['once', 'yearly']), 'Repeats', 'Whether it is this date only, or each year’s too.', {
			options: { once: 'once', yearly: 'every year' }
		}),
		audience: optionalAudience,
		limit
	}),
	every: z.strictObject({
		every: said(
			recurrence,
			'Every',
			'A recurrence of days (RFC 5545), such as FREQ=WEEKLY;BYDAY=MO for each Monday; it starts when the journey is published.'
		),
		at: said(time, 'At', 'The time of day, in the journey’s time zone.'),
		audience,
		limit
	}),
	inactive: z.strictObject({
		inactive: said(
			z.strictObject({
				event: said(
					eventName,
					'Without',
					'The event that did not come; * for any business or behaviour event.'
				),
				for: said(duration, 'For', 'How long after the last such event, or after the contact was added.')
			}),
			'Silence',
			'Starts when the contact was silent for a time; again only after a new such event.'
		),
		audience: optionalAudience,
		limit
	}),
	once: z.strictObject({
		at: said(instant, 'At', 'The instant at which it starts, once.'),
		audience,
		limit
	})
} as const;
export type TimeForm = keyof typeof timeForms;

/** What each form starts by. */
export const timeFormLabels: Record<TimeForm, string> = {
	date: 'A date of the contact',
	every: 'A recurrence',
	inactive: 'A silence',
	once: 'One instant'
};

/** Which form of a trigger by time somebody means, also while it is unfinished. */
export function timeFormOf(config: unknown): TimeForm {
	const keys = typeof config === 'object' && config !== null ? config : {};
	for (const form of ['every', 'inactive', 'date'] as const) if (Object.hasOwn(keys, form)) return form;
	const at = (keys as { at?: unknown }).at;
	return typeof at === 'string' && at.length > 5 ? 'once' : 'date';
}

export const triggerSchemas = {
	'trigger.time': z.union([timeForms.date, timeForms.every, timeForms.inactive, timeForms.once]),
	'trigger.behavior': known(
		z
			.strictObject({
				event: said(z.enum(BEHAVIORS), 'What they do', 'The behaviour that lets the contact in.', {
					options: {
						'email.opened': 'opens an email',
						'email.clicked': 'clicks a link in an email',
						'email.ignored': 'ignores an email',
						'page.viewed': 'views a page',
						'form.submitted': 'submits a form',
						'resource.downloaded': 'downloads a resource',
						'list.subscribed': 'subscribes to a list'
					}
				}),
				where: incoming,
				journey: said(z.optional(slug), 'In the journey', 'Whose email it is; without it, any journey’s.', {
					control: 'journey'
				}),
				step: said(
					z.optional(slug),
					'Sent by',
					'The step that sent the email; without a journey beside it, a step of this one.',
					{ control: 'step' }
				),
				for: said(
					z.optional(duration),
					'For',
					'How long an email lies delivered, and neither opened nor clicked, until it counts as ignored; needed for that, and for nothing else.'
				),
				key,
				limit
			})
			.check(
				z.refine((config) => config.event === 'email.ignored' || config.for === undefined, {
					error: 'only an ignored email has a time',
					path: ['for']
				})
			),
		{
			json: {
				if: { properties: { event: { const: 'email.ignored' } } },
				then: { required: ['for'] },
				else: { not: { required: ['for'] } }
			}
		}
	),
	'trigger.transactional': z.strictObject({
		event: said(eventName, 'Event', 'The business event that lets the contact in, such as visit.completed.'),
		where: incoming,
		key,
		limit
	}),
	'trigger.api': z.strictObject({
		name: said(slug, 'Name', 'What your system calls it by, such as lab-result-ready.'),
		payload: said(
			z.optional(z.unknown()),
			'Payload',
			'A JSON Schema that each call must fit; a call that does not is refused with the place of its fault.',
			{ control: 'payload', json: { type: 'object' } }
		),
		where: incoming,
		key,
		limit
	}),
	'trigger.segment': z.strictObject({
		segment: said(slug, 'Segment', 'The segment that is watched.', { control: 'segment' }),
		on: said(z.enum(['enter', 'leave']), 'When the contact', 'Which change lets the contact in.', {
			options: { enter: 'enters it', leave: 'leaves it' }
		}),
		limit
	}),
	'trigger.manual': z.strictObject({ limit })
} as const;
