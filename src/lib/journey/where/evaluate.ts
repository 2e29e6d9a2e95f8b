import type { ConsentTest, EventTest, MessageTest, PropertyTest, Where } from '../document.ts';
import { addDuration, subtractDuration } from '../duration.ts';
import { propertyAt } from '../text.ts';
import type {
	AttributeType,
	ConsentFact,
	ContactFact,
	EventFact,
	MessageFact,
	Read,
	SegmentFacts
} from '../world.ts';
import { compare, declaredType, type Moment } from './compare.ts';

/** What a condition is asked against. Every event and message in it counts; leave out what must not. */
export interface Facts {
	contact: Pick<ContactFact, 'attributes'>;
	/** The contact's zone, already settled. */
	zone: string;
	attributeTypes: Record<string, AttributeType>;
	/** The incoming event's properties in a trigger, else the ones of the event that let the contact in. */
	trigger: Record<string, unknown>;
	events: EventFact[];
	messages: MessageFact[];
	consents: ConsentFact[];
	/** Attributes that a read marks as PHI. */
	phiAttributes?: string[];
	/** Without it nobody is in any segment. */
	segments?: SegmentFacts;
}

interface Asking {
	facts: Facts;
	moment: Moment;
	reads: Read[] | null;
	/** The segments whose conditions are being asked, the outermost first. */
	inside?: readonly string[];
}

/** Whether a condition holds at an instant (§4). */
export function evaluate(where: Where, facts: Facts, now: number): boolean {
	return ask(where, { facts, moment: { now, zone: facts.zone }, reads: null });
}

/** The same, with every comparison that was made on the way, in order. A branch that could not matter is not read. */
export function evaluateWithReads(
	where: Where,
	facts: Facts,
	now: number
): { holds: boolean; reads: Read[] } {
	const reads: Read[] = [];
	return { holds: ask(where, { facts, moment: { now, zone: facts.zone }, reads }), reads };
}

function ask(where: Where, asking: Asking): boolean {
	if ('all' in where) return where.all.every((part) => ask(part, asking));
	if ('any' in where) return where.any.some((part) => ask(part, asking));
	if ('not' in where) return !ask(where.not, asking);
	const { facts, moment } = asking;
	if ('attribute' in where) {
		const key = where.attribute;
		const value = Object.hasOwn(facts.contact.attributes, key) ? facts.contact.attributes[key] : undefined;
		const holds = compare(value, where, declaredType(key, facts.attributeTypes), moment);
		return note(asking, `attribute:${key}`, value, holds, facts.phiAttributes?.includes(key));
	}
	if ('trigger' in where) {
		const value = propertyAt(facts.trigger, where.trigger);
		// A payload may hold anything about a patient, so what is read of it is masked like PHI.
		return note(asking, `trigger:${where.trigger}`, value, compare(value, where, null, moment), true);
	}
	if ('event' in where) {
		const count = countEvents(where, facts.events, moment);
		const rule = where.event.count ?? { op: '>=' as const, value: 1 };
		return note(asking, `event:${where.event.name}`, count, compare(count, rule, null, moment));
	}
	if ('message' in where) {
		const count = facts.messages.filter((message) => isMessage(message, where.message, moment)).length;
		const what = `message:${where.message.step ? `${where.message.step} ` : ''}${where.message.was}`;
		return note(asking, what, count, count > 0);
	}
	if ('consent' in where) {
		const held = hasConsent(facts.consents, where, moment.now);
		return note(asking, `consent:${where.consent}`, held, held);
	}
	const isMember = isInSegment(where.segment, asking);
	return note(asking, `segment:${where.segment}`, isMember, isMember);
}

/**
 * A segment's condition is asked as of now, of all that the contact did, and says only whether it holds. Segments that
 * name each other in a circle are refused at publish; here nobody is in one that asks for itself.
 */
function isInSegment(slug: string, { facts, moment, inside = [] }: Asking): boolean {
	const { segments } = facts;
	const condition =
		segments && Object.hasOwn(segments.conditions, slug) ? segments.conditions[slug] : undefined;
	if (!segments || condition === undefined || inside.includes(slug)) return false;
	if (condition === null) return segments.kept.includes(slug);
	const { events, messages, zone } = segments;
	return ask(condition, {
		facts: { ...facts, events, messages, zone, trigger: {} },
		moment: { now: moment.now, zone },
		reads: null,
		inside: [...inside, slug]
	});
}

function note(asking: Asking, what: string, value: unknown, holds: boolean, phi = false): boolean {
	asking.reads?.push({ what, value: value ?? null, holds, ...(phi ? { phi: true } : {}) });
	return holds;
}

/** A machine's open or click says nothing of what the contact did. */
export function isByMachine(event: Pick<EventFact, 'name' | 'properties'>): boolean {
	return (
		(event.name === 'email.opened' || event.name === 'email.clicked') && event.properties['machine'] === true
	);
}

/** Whether an event's properties pass every test. */
export function passes(
	tests: PropertyTest[] | undefined,
	properties: Record<string, unknown>,
	moment: Moment
): boolean {
	return !tests || tests.every((test) => compare(propertyAt(properties, test.property), test, null, moment));
}

function countEvents(test: EventTest, events: EventFact[], moment: Moment): number {
	const { name, where, within } = test.event;
	const from = within ? subtractDuration(moment.now, within, moment.zone) : -Infinity;
	let count = 0;
	for (const event of events) {
		if (event.name !== name || event.occurredAt < from || isByMachine(event)) continue;
		if (within && event.occurredAt > moment.now) continue;
		if (passes(where, event.properties, moment)) count++;
	}
	return count;
}

function isMessage(message: MessageFact, test: MessageTest['message'], moment: Moment): boolean {
	if (test.step !== undefined && message.step !== test.step) return false;
	const { sentAt } = message;
	if (sentAt === null) return false;
	const until = test.within ? addDuration(sentAt, test.within, moment.zone) : Infinity;
	const inTime = (at: number | null) => at !== null && at <= until;
	switch (test.was) {
		case 'sent':
			return until >= moment.now;
		case 'delivered':
			return inTime(message.deliveredAt);
		case 'opened':
			return inTime(message.openedAt);
		case 'clicked':
			return (
				inTime(message.clickedAt) && (test.link === undefined || (message.links ?? []).includes(test.link))
			);
		case 'bounced':
			return inTime(message.bouncedAt);
		case 'ignored': {
			const isOver = until === Infinity || moment.now >= until;
			return (
				message.deliveredAt !== null && isOver && !inTime(message.openedAt) && !inTime(message.clickedAt)
			);
		}
	}
}

/** A grant without a topic covers all topics. */
export function coversTopic(consent: ConsentFact, topic: string | null | undefined): boolean {
	return consent.topic === null || (topic !== null && topic !== undefined && consent.topic === topic);
}

export function isConsentHeld(consent: ConsentFact, now: number): boolean {
	const isOpen = consent.grantedAt <= now && (consent.expiresAt === null || now < consent.expiresAt);
	return isOpen && (consent.revokedAt === null || now < consent.revokedAt);
}

function hasConsent(consents: ConsentFact[], test: ConsentTest, now: number): boolean {
	return consents.some(
		(consent) =>
			consent.kind === test.consent && coversTopic(consent, test.topic) && isConsentHeld(consent, now)
	);
}
