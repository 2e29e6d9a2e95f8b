/** What the conditions and the gate of a batch ask about: one query for each kind of fact, for all its people at once. */
import {
	firstZone,
	isSend,
	readsOfSegment,
	type ConsentFact,
	type ContactFact,
	type EventFact,
	type MessageFact,
	type Plan,
	type SegmentConditions,
	type SegmentReads,
	type World
} from '$lib/journey/index.ts';
import type { Db } from '$lib/server/db/db.ts';
import { loadRestrictions, type Restrictions } from '$lib/server/people/restrictions.ts';
import { isSealError } from '$lib/server/seal/errors.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import {
	CONTACTS_MESSAGES,
	consentsOf,
	ENROLLMENTS_MESSAGES,
	eventsOf,
	keptFor,
	marketingSentTo,
	messagesOf,
	suppressionsOf
} from './fact-rows.ts';
import { enteringEvents, hasRules } from './plans.ts';
import { loadSegments } from './segments.ts';
import { PERSON_UNREADABLE, Unwritable } from './row-fault.ts';
import type { WorkspaceFacts } from './workspace.ts';

export interface FactQuestion {
	contactId: number;
	/** Null where there is no enrollment yet, as for a trigger's condition: then all messages of the contact count. */
	enrollmentId: number | null;
	/** The address to look for among the suppressions; null where nothing stands there. */
	email: string | null;
	/** False where it is known that nothing was agreed with the contact. */
	isRestricted?: boolean;
	plan: Plan;
	/** `run`: whatever the plan's steps ask. `conditions`: nothing of the gate's. `gate`: nothing else. */
	for: 'run' | 'conditions' | 'gate';
}

export interface Facts {
	events: Map<number, EventFact[]>;
	consents: Map<number, ConsentFact[]>;
	/** By contact, of the address that is written to. */
	suppressions: Map<number, World['suppressions']>;
	marketingSentAt: Map<number, number[]>;
	/** By enrollment. */
	messages: Map<number, MessageFact[]>;
	/** By contact, of every journey. */
	allMessages: Map<number, MessageFact[]>;
	/** Contacts of whom a sealed fact can't be opened: nothing may be decided about them. */
	unreadable: ReadonlySet<number>;
	/** What was agreed with contacts who may be written to. */
	restrictions: ReadonlyMap<number, Restrictions>;
	/** Null where no plan asks for a segment. */
	segments: { conditions: SegmentConditions; kept: Map<number, string[]> } | null;
}

const sendsByPlan = new WeakMap<Plan, boolean>();

/** Whether a plan has steps that send, which need the gate's facts. */
function sends(plan: Plan): boolean {
	let known = sendsByPlan.get(plan);
	if (known === undefined) {
		known = Object.values(plan.steps).some(isSend);
		sendsByPlan.set(plan, known);
	}
	return known;
}

/** Loads the facts that the questions ask, and no others. `now` in ms since 1970. */
export async function loadFacts(
	db: Db,
	vault: Vault,
	questions: readonly FactQuestion[],
	now: number
): Promise<Facts> {
	const conditions = questions.some(asksSegments) ? (await loadSegments(db)).conditions : null;
	const asked = gather(questions, conditions);
	const { events, unreadable } = await eventsOf(db, vault, [...asked.events], [...asked.names]);
	const { restrictions, unreadable: unknown } = await restrictionsOf(db, vault, [...asked.gated]);
	for (const { address } of restrictions.values())
		if (address?.email) asked.emails.add(address.email.toLowerCase());
	return {
		events,
		restrictions,
		unreadable: new Set([...unreadable, ...unknown]),
		consents: await consentsOf(db, [...asked.consents]),
		suppressions: byContact(questions, restrictions, await suppressionsOf(db, vault, [...asked.emails])),
		marketingSentAt: await marketingSentTo(db, [...asked.capped], now),
		messages: await messagesOf(db, ENROLLMENTS_MESSAGES, [...asked.messages]),
		allMessages: await messagesOf(db, CONTACTS_MESSAGES, [...asked.allMessages]),
		segments: conditions && { conditions, kept: await keptFor(db, [...asked.kept]) }
	};
}

// Looked up here and not where it is asked: nobody's address is opened to learn that nothing stands against it.
function byContact(
	questions: readonly FactQuestion[],
	restrictions: Facts['restrictions'],
	byEmail: ReadonlyMap<string, World['suppressions']>
): Facts['suppressions'] {
	const found: Facts['suppressions'] = new Map();
	if (!byEmail.size) return found;
	for (const { contactId, email } of questions) {
		const address = restrictions.get(contactId)?.address?.email ?? email;
		const suppressions = address && byEmail.get(address.toLowerCase());
		if (suppressions) found.set(contactId, suppressions);
	}
	return found;
}

function asksSegments({ plan, for: purpose }: FactQuestion): boolean {
	return purpose !== 'gate' && (plan.reads.segments?.length ?? 0) > 0;
}

function gather(questions: readonly FactQuestion[], conditions: SegmentConditions | null) {
	const readsBySlug = new Map<string, SegmentReads>();
	const asked = {
		names: new Set<string>(),
		events: new Set<number>(),
		consents: new Set<number>(),
		emails: new Set<string>(),
		gated: new Set<number>(),
		capped: new Set<number>(),
		messages: new Set<number>(),
		allMessages: new Set<number>(),
		kept: new Set<number>()
	};
	for (const question of questions) {
		const { plan, contactId, enrollmentId, email, isRestricted, for: purpose } = question;
		const isGated = purpose !== 'conditions' && sends(plan);
		if (isGated || (purpose !== 'gate' && plan.reads.consents)) asked.consents.add(contactId);
		if (isGated && isRestricted !== false) asked.gated.add(contactId);
		if (isGated && email) asked.emails.add(email.toLowerCase());
		if (purpose === 'gate') continue;
		if (purpose === 'run' && plan.reads.marketing) asked.capped.add(contactId);
		for (const name of eventsAsked(plan, enrollmentId !== null)) asked.names.add(name);
		if (plan.reads.events.length) asked.events.add(contactId);
		if (conditions && asksSegments(question))
			for (const slug of plan.reads.segments ?? []) {
				const reads = readsBySlug.get(slug) ?? readsOfSegment(slug, conditions);
				readsBySlug.set(slug, reads);
				addSegment(asked, contactId, reads);
			}
		if (!plan.reads.messages) continue;
		if (enrollmentId === null) asked.allMessages.add(contactId);
		else asked.messages.add(enrollmentId);
	}
	return asked;
}

// A segment looks at all of the contact's events and messages, whoever asks for it.
function addSegment(
	asked: Record<'events' | 'allMessages' | 'consents' | 'kept', Set<number>> & { names: Set<string> },
	contactId: number,
	reads: SegmentReads
): void {
	for (const name of reads.events) asked.names.add(name);
	if (reads.events.size) asked.events.add(contactId);
	if (reads.messages) asked.allMessages.add(contactId);
	if (reads.consents) asked.consents.add(contactId);
	if (reads.kept.size) asked.kept.add(contactId);
}

// Exit rule and goal count from the entering event, by when it occurred, so they must see it too.
function eventsAsked(plan: Plan, isInside: boolean): string[] {
	return isInside && hasRules(plan) ? [...plan.reads.events, ...enteringEvents(plan)] : plan.reads.events;
}

/** The world as one enrollment sees it. */
export function worldOf(
	facts: Facts,
	contact: World['contact'],
	contactId: number,
	enrollmentId: number | null,
	workspace: WorkspaceFacts
): World {
	if (facts.unreadable.has(contactId))
		throw new Unwritable(`A fact of contact ${contactId} can't be opened.`, { code: PERSON_UNREADABLE });
	const messages =
		enrollmentId === null ? facts.allMessages.get(contactId) : facts.messages.get(enrollmentId);
	const reached = reachedBy(facts, contact, contactId);
	return {
		...workspace,
		contact: reached,
		events: facts.events.get(contactId) ?? [],
		messages: messages ?? [],
		consents: facts.consents.get(contactId) ?? [],
		suppressions: [
			...(facts.suppressions.get(contactId) ?? []),
			...agreedSuppressions(facts.restrictions.get(contactId))
		],
		marketingSentAt: facts.marketingSentAt.get(contactId) ?? [],
		...(facts.segments ? { segments: segmentsOf(facts, facts.segments, contact, contactId, workspace) } : {})
	};
}

function segmentsOf(
	facts: Facts,
	{ conditions, kept }: NonNullable<Facts['segments']>,
	contact: World['contact'],
	contactId: number,
	workspace: WorkspaceFacts
): World['segments'] {
	return {
		conditions,
		kept: kept.get(contactId) ?? [],
		events: facts.events.get(contactId) ?? [],
		messages: facts.allMessages.get(contactId) ?? [],
		zone: firstZone(contact.timezone, workspace.workspaceTimezone)
	};
}

/** A contact with the addresses that were agreed on, where some were (45 CFR 164.522(b)). */
function reachedBy(facts: Facts, contact: ContactFact, contactId: number): ContactFact {
	const agreed = agreedAddresses(facts, contactId);
	if (!agreed) return contact;
	const { id, timezone, attributes, createdAt } = contact;
	const { email = contact.email, phone = contact.phone } = agreed;
	return { id, email, phone, timezone, attributes, createdAt };
}

/** The addresses that were agreed on with a contact, in place of those it has. */
export function agreedAddresses(
	facts: Facts,
	contactId: number
): { email?: string; phone?: string } | undefined {
	const address = facts.restrictions.get(contactId)?.address;
	if (!address) return undefined;
	return {
		...(address.email && { email: address.email }),
		...(address.phone && { phone: address.phone })
	};
}

/** Restrictions that were agreed to stop messages as a person's hand would (45 CFR 164.522(a)). */
function agreedSuppressions(restrictions: Restrictions | undefined): World['suppressions'] {
	if (!restrictions) return [];
	const { email, text, marketing } = restrictions;
	return [
		...(email ? [{ channel: 'email', scope: 'all', reason: 'manual' } as const] : []),
		...(text ? [{ channel: 'text', scope: 'all', reason: 'manual' } as const] : []),
		...(marketing ? [{ scope: 'marketing', reason: 'manual' } as const] : [])
	];
}

// Whose agreed address can't be opened is not written to at all, and keeps nobody else of the batch.
async function restrictionsOf(
	db: Db,
	vault: Vault,
	contactIds: readonly number[]
): Promise<{ restrictions: Map<number, Restrictions>; unreadable: number[] }> {
	if (!contactIds.length) return { restrictions: new Map(), unreadable: [] };
	try {
		return { restrictions: await loadRestrictions(db, vault, contactIds), unreadable: [] };
	} catch (error) {
		if (!isSealError(error)) throw error;
		if (contactIds.length === 1) return { restrictions: new Map(), unreadable: [...contactIds] };
	}
	const half = contactIds.length >> 1;
	const one = await restrictionsOf(db, vault, contactIds.slice(0, half));
	const other = await restrictionsOf(db, vault, contactIds.slice(half));
	return {
		restrictions: new Map([...one.restrictions, ...other.restrictions]),
		unreadable: [...one.unreadable, ...other.unreadable]
	};
}
