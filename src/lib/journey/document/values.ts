/** The values that settings are made of: texts, names, times and counts. */
import * as z from 'zod/mini';
import { DURATION_PATTERN, parseDurationParts, roughMs } from '../duration.ts';
import { recurrenceFault } from '../recurrence.ts';
import { isZone, parseInstant } from '../zone.ts';
import { known } from './words.ts';

/** Where a document ends: steps, edges, bytes of JSON, visits of a step, and how deep conditions and values nest. */
export const LIMITS = { steps: 2_000, edges: 4_000, bytes: 1_048_576, maxVisits: 100, depth: 64 } as const;

/** The slug that ids, journeys, templates and API triggers share. */
export const SLUG = /^[a-z][a-z0-9-]{0,63}$/;
export const ATTRIBUTE_KEY = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** What text may not hold: U+0000 and half of a surrogate pair. */
export function isCleanText(text: string): boolean {
	return (
		!text.includes('\u0000') &&
		!/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
	);
}

export function text(longest: number, shortest = 1) {
	return z
		.string()
		.check(
			z.minLength(shortest, 'it is empty'),
			z.maxLength(longest, `it is longer than ${longest} characters`),
			z.refine(isCleanText, 'it holds characters that are no text')
		);
}

function isHttpUrl(url: string): boolean {
	return /^https?:\/\/[^\s/?#]+/i.test(url) && URL.canParse(url);
}

export const httpUrl = known(
	text(2_000).check(z.refine(isHttpUrl, 'write an address such as https://example.org/hook')),
	{ json: { pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#]+' } }
);

export const slug = known(
	z
		.string()
		.check(z.regex(SLUG, 'use small letters, digits and hyphens, a letter first, at most 64 characters')),
	{ control: 'slug' }
);
export const attributeKey = known(
	z
		.string()
		.check(
			z.regex(ATTRIBUTE_KEY, 'use letters, digits and underscores, a letter first, at most 64 characters')
		),
	{ control: 'attribute' }
);
export const eventName = known(text(200), { control: 'event' });
export const propertyPath = text(200);
export const time = known(
	z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day such as 09:00')),
	{ control: 'time' }
);
export const instant = known(
	z
		.string()
		.check(z.refine((at) => parseInstant(at) !== null, 'write an instant such as 2026-03-01T09:00:00Z')),
	{
		control: 'instant',
		json: {
			pattern:
				'^\\d{4}-\\d{2}-\\d{2}[Tt]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?([Zz]|[+-]([01]\\d|2[0-3]):[0-5]\\d)$'
		}
	}
);
export const offset = known(
	z
		.string()
		.check(
			z.refine((iso) => parseDurationParts(iso) !== null, 'write a duration such as P3D, or -P3D for before')
		),
	{ control: 'offset', json: { pattern: DURATION_PATTERN } }
);
export const duration = known(
	z.string().check(
		z.refine((iso) => {
			const parts = parseDurationParts(iso);
			return parts !== null && parts.sign === 1 && roughMs(parts) > 0;
		}, 'write a duration above zero, such as PT4H or P2D')
	),
	{ control: 'duration', json: { pattern: DURATION_PATTERN.replace('^(-)?', '^(?=.*[1-9])') } }
);
export const timezone = known(
	z.string().check(z.refine(isZone, 'write the name of a time zone, such as America/New_York')),
	{ control: 'timezone', json: { pattern: '^[A-Za-z]' } }
);
/** A date: an attribute of the contact, or `trigger.<property>` of the event that let the contact in. */
export const dateRef = known(
	z
		.string()
		.check(
			z.refine(
				(ref) =>
					ATTRIBUTE_KEY.test(ref) || (ref.startsWith('trigger.') && ref.length > 8 && ref.length <= 208),
				'name an attribute, or trigger. and a property of the event'
			)
		),
	{ control: 'date', json: { pattern: '^([A-Za-z][A-Za-z0-9_]{0,63}|trigger\\.[^]{1,200})$' } }
);
export const recurrence = known(
	text(500).check(
		z.refine((rule) => recurrenceFault(rule) === null, {
			error: (issue) => recurrenceFault(String(issue.input)) ?? ''
		})
	),
	{ control: 'recurrence', json: { pattern: '^(.*;)?FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;.*)?$' } }
);
export const count = z
	.number()
	.check(z.int('write a whole number'), z.gte(1, 'it is below 1'), z.lte(1_000_000, 'it is too high'));

export const days = known(
	z
		.array(z.number().check(z.int('use 1 for Monday to 7 for Sunday'), z.gte(1), z.lte(7)))
		.check(z.minLength(1, 'name at least one day')),
	{ control: 'days' }
);

export const maxVisits = z
	.number()
	.check(
		z.int('write a whole number'),
		z.gte(1, 'it is below 1'),
		z.lte(LIMITS.maxVisits, `it is over ${LIMITS.maxVisits}`)
	);
