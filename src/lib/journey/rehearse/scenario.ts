/** A scenario (§9): journeys, people and what happens to them, to be played with a set clock and no side effect. */
import * as z from 'zod/mini';
import type { Diagnostic } from '../compile/diagnostic.ts';
import { readWith, type Words } from '../compile/issues.ts';
import { readWhere } from '../compile/read-where.ts';
import { ATTRIBUTE_KEY, SLUG, isCleanText, type Where } from '../document.ts';
import { parseDurationParts, roughMs } from '../duration.ts';
import { isZone, parseInstant } from '../zone.ts';

export const SCENARIO_FORMAT = 'stepwell.scenario/1';

const slug = z.string().check(z.regex(SLUG, 'use small letters, digits and hyphens, a letter first'));
const key = z.string().check(z.regex(ATTRIBUTE_KEY, 'use letters, digits and underscores, a letter first'));
const instant = z
	.string()
	.check(z.refine((at) => parseInstant(at) !== null, 'write an instant such as 2026-03-01T09:00:00Z'));
const line = z
	.string()
	.check(
		z.minLength(1, 'it is empty'),
		z.maxLength(200, 'it is longer than 200 characters'),
		z.refine(isCleanText, 'it holds characters that are no text')
	);
const zone = z.string().check(z.refine(isZone, 'write the name of a time zone, such as America/New_York'));
const duration = z.string().check(
	z.refine((iso) => {
		const parts = parseDurationParts(iso);
		return parts !== null && parts.sign === 1 && roughMs(parts) > 0;
	}, 'write a duration above zero, such as PT4H or P2D')
);
const attributes = z.record(z.string(), z.unknown());

const consentSchema = z.strictObject({
	kind: z.enum(['marketing', 'email', 'text']),
	topic: z.optional(line),
	sponsor: z.optional(line),
	grantedAt: instant,
	expiresAt: z.optional(z.nullable(instant)),
	revokedAt: z.optional(z.nullable(instant))
});

const contactSchema = z.strictObject({
	id: line,
	email: z.optional(z.nullable(line)),
	phone: z.optional(z.nullable(line)),
	timezone: z.optional(z.nullable(zone)),
	createdAt: z.optional(instant),
	attributes: z.optional(attributes),
	consents: z.optional(z.array(consentSchema))
});
export type ScenarioContact = z.infer<typeof contactSchema>;

const eventSchema = z.strictObject({
	at: instant,
	name: line,
	contact: z.optional(line),
	occurredAt: z.optional(instant),
	properties: z.optional(attributes),
	step: z.optional(slug),
	journey: z.optional(slug)
});
export type ScenarioEvent = z.infer<typeof eventSchema>;

const scenarioSchema = z.strictObject({
	format: z.literal(SCENARIO_FORMAT),
	journeys: z.array(z.strictObject({ slug, document: z.unknown() })),
	segments: z.optional(
		z.array(z.strictObject({ slug, name: z.optional(line), where: z.optional(z.unknown()) }))
	),
	attributes: z.optional(
		z.array(
			z.strictObject({
				key,
				label: z.optional(line),
				type: z.enum(['text', 'number', 'boolean', 'date', 'datetime', 'list']),
				phi: z.optional(z.boolean())
			})
		)
	),
	templates: z.optional(
		z.array(
			z.strictObject({
				slug,
				name: z.optional(line),
				channel: z.enum(['email', 'text', 'portal']),
				subject: z.optional(z.string()),
				text: z.string()
			})
		)
	),
	contacts: z.array(contactSchema),
	workspace: z.optional(
		z.strictObject({
			timezone: z.optional(zone),
			frequencyCap: z.optional(
				z.strictObject({
					messages: z.number().check(z.int('write a whole number'), z.gte(1, 'it is below 1')),
					per: duration
				})
			),
			baa: z.optional(z.boolean())
		})
	),
	webhooks: z.optional(
		z.array(
			z.strictObject({
				step: slug,
				status: z.number().check(z.int('write a whole number')),
				body: z.optional(z.unknown())
			})
		)
	),
	start: instant,
	events: z.array(eventSchema),
	until: instant
});

/** A scenario whose every part fits. */
export interface Scenario extends Omit<z.infer<typeof scenarioSchema>, 'segments'> {
	segments: { slug: string; name?: string; where: Where | null }[];
}

/** What keeps a file from being a scenario: a JSON pointer, and why. */
export interface ScenarioFault {
	path: string;
	message: string;
}

/** What to do about a part that is missing, by the end of its path. */
const WANTED: readonly [RegExp, string][] = [
	[/^\/format$/, `The format is missing. Write “${SCENARIO_FORMAT}”.`],
	[/^\/(journeys|contacts|events)$/, 'The list is missing. It may be empty.'],
	[/^\/start$/, 'Say when the scenario starts, such as 2026-03-01T09:00:00Z.'],
	[/^\/until$/, 'Say when the scenario ends, such as 2026-04-01T09:00:00Z.'],
	[/^\/events\/\d+\/at$/, 'Say when the event arrives, such as 2026-03-01T09:00:00Z.'],
	[/^\/events\/\d+\/name$/, 'Name the event.'],
	[/^\/contacts\/\d+\/id$/, 'The contact has no id.'],
	[/^\/journeys\/\d+\/document$/, 'The journey has no document.'],
	[/\/slug$/, 'It has no slug.']
];

const words: Words = {
	whole: 'The scenario',
	group: 'a JSON object',
	wantedAt: (path) => WANTED.find(([pattern]) => pattern.test(path))?.[1] ?? null,
	unknown: (key) => `“${key}” is nothing that belongs here. Remove it, or check how it is spelled.`
};

const JOURNEY_EVENTS = ['journey.paused', 'journey.resumed', 'journey.archived'];

/** Whether an event is about a journey, not a contact. */
export function isAboutJourney(name: string): boolean {
	return JOURNEY_EVENTS.includes(name);
}

/** Reads a scenario; never throws. The journeys' documents are the compiler's to judge. */
export function parseScenario(
	input: unknown
): { scenario: Scenario; faults: [] } | { scenario: null; faults: ScenarioFault[] } {
	const found: Diagnostic[] = [];
	const read = readWith(scenarioSchema, input, '', found, undefined, words);
	if (!read) return { scenario: null, faults: found.map(({ path, message }) => ({ path, message })) };
	const segments = (read.segments ?? []).map((segment, index) => {
		const { where } = segment;
		if (where === undefined || where === null) return { ...segment, where: null };
		readWhere(where, `/segments/${index}/where`, found);
		return { ...segment, where: where as Where };
	});
	const faults = [...found.map(({ path, message }) => ({ path, message })), ...referenceFaults(read)];
	return faults.length ? { scenario: null, faults } : { scenario: { ...read, segments }, faults: [] };
}

function referenceFaults(scenario: z.infer<typeof scenarioSchema>): ScenarioFault[] {
	return [
		...duplicates(scenario.journeys, 'journeys', 'slug'),
		...duplicates(scenario.segments ?? [], 'segments', 'slug'),
		...duplicates(scenario.attributes ?? [], 'attributes', 'key'),
		...duplicates(scenario.templates ?? [], 'templates', 'slug'),
		...duplicates(scenario.contacts, 'contacts', 'id'),
		...eventFaults(scenario),
		...(instantOf(scenario.until) < instantOf(scenario.start)
			? [{ path: '/until', message: 'The scenario ends before it starts.' }]
			: [])
	];
}

function duplicates<K extends string>(list: { [key in K]: string }[], name: string, key: K): ScenarioFault[] {
	const seen = new Set<string>();
	return list.flatMap((each, index) => {
		const isNew = !seen.has(each[key]);
		seen.add(each[key]);
		return isNew ? [] : [{ path: `/${name}/${index}/${key}`, message: `“${each[key]}” is there twice.` }];
	});
}

function eventFaults({ events, contacts, journeys }: z.infer<typeof scenarioSchema>): ScenarioFault[] {
	const contactIds = new Set(contacts.map((contact) => contact.id));
	const slugs = new Set(journeys.map((journey) => journey.slug));
	return events.flatMap((event, index) => {
		const at = (key: string, message: string) => [{ path: `/events/${index}/${key}`, message }];
		if (event.occurredAt !== undefined && instantOf(event.occurredAt) > instantOf(event.at))
			return at('occurredAt', 'An event can’t arrive before it occurred.');
		if (event.journey !== undefined && !slugs.has(event.journey))
			return at('journey', 'There is no such journey.');
		if (isAboutJourney(event.name))
			return event.journey === undefined ? at('journey', 'Say which journey.') : [];
		if (event.contact === undefined) return at('contact', 'Say whose event it is.');
		if (!contactIds.has(event.contact)) return at('contact', 'There is no such contact.');
		const { answer } = event.properties ?? {};
		if (event.name !== 'approval.answered' || answer === 'approved' || answer === 'declined') return [];
		return at('properties/answer', 'Answer with approved or declined.');
	});
}

/** An instant that the schema accepted, in ms. */
export function instantOf(text: string): number {
	const instant = parseInstant(text);
	if (instant === null) throw new Error('A scenario holds a text that is no instant.');
	return instant;
}
