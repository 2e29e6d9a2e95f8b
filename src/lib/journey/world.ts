/** The facts that decisions read. The shell loads them; nothing here asks for more. Instants are ms since 1970. */
import type { Settings, Where } from './document.ts';

export type AttributeType = 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';

export interface ContactFact {
	id: string;
	email: string | null;
	phone: string | null;
	timezone: string | null;
	attributes: Record<string, unknown>;
	createdAt: number;
	/** Which addresses there are, where they need not be opened to tell; without it, the addresses say so themselves. */
	reach?: Reach;
}

/** By which channels somebody can be written to. */
export type Reach = Readonly<Record<'email' | 'text', boolean>>;

export function reachOf(contact: Pick<ContactFact, 'reach' | 'email' | 'phone'>): Reach {
	return contact.reach ?? { email: Boolean(contact.email), text: Boolean(contact.phone) };
}

/** A contact with other attributes. Not by spreading: a contact may be opened when it is read first, by a class of its own. */
export function withAttributes(
	{ id, email, phone, timezone, createdAt }: ContactFact,
	attributes: Record<string, unknown>
): ContactFact {
	return { id, email, phone, timezone, attributes, createdAt };
}

export interface EventFact {
	/** Grows in the order of arrival. */
	id: number;
	name: string;
	occurredAt: number;
	properties: Record<string, unknown>;
}

export interface MessageFact {
	/** The journey's slug, where messages of several come together. */
	journey?: string;
	step: string;
	sentAt: number | null;
	deliveredAt: number | null;
	/** The first open by a person; a machine's is none. */
	openedAt: number | null;
	clickedAt: number | null;
	bouncedAt: number | null;
	/** The links that were clicked. */
	links?: string[];
}

export interface ConsentFact {
	kind: 'marketing' | 'email' | 'text';
	/** Null covers every topic. */
	topic: string | null;
	/** Whose sponsored messages it covers; none covers no sponsor. */
	sponsor?: string | null;
	grantedAt: number;
	expiresAt: number | null;
	revokedAt: number | null;
}

export interface SuppressionFact {
	/** Whose address bounced (without one, the email's), or what somebody said no to by hand (without one, everything). */
	channel?: 'email' | 'text';
	scope: 'all' | 'marketing';
	reason: 'unsubscribed' | 'complained' | 'bounced' | 'manual';
	/** Set where the contact left one topic only. */
	topic?: string | null;
}

/** What a segment is now: a condition, or a list kept by hand. */
export interface SegmentFacts {
	/** The condition of each segment by slug; null for one that is kept by hand. */
	conditions: Readonly<Record<string, Where | null>>;
	/** The hand-kept segments that the contact is in. */
	kept: readonly string[];
	/** A segment looks at all of the contact's events and messages, whatever the condition that names it looks at. */
	events: EventFact[];
	messages: MessageFact[];
	/** The contact's zone, else the workspace's: a segment belongs to no journey. */
	zone: string;
}

/** How one contact stands to a journey: what the re-entry rule asks (§5.1). Instants in ms. */
export interface Past {
	/** How many enrollments it has had. */
	entries: number;
	/** How many of them are active or waiting. */
	active: number;
	lastExitAt: number | null;
}

/** Another journey's door, as a `journey.enter` finds it. */
export interface Door {
	state: 'live' | 'paused' | 'archived';
	/** The first manual trigger, which such an entry comes by. */
	trigger: string;
	reentry: Settings['reentry'];
	/** The contact's zone there, in which the wait after an exit is counted. */
	zone: string;
	past: Past;
	/** Where the trigger has a limit: how many more it lets in at this very instant. Whoever comes after them is deferred. */
	free?: number;
}

/** One contact's facts at a visit. */
export interface World {
	contact: ContactFact;
	workspaceTimezone: string;
	/** Of this contact, with the names that the plan reads, in any order. */
	events: EventFact[];
	/** Of this enrollment. */
	messages: MessageFact[];
	consents: ConsentFact[];
	suppressions: SuppressionFact[];
	/** When marketing messages went to the contact, of every journey. */
	marketingSentAt: number[];
	/** The workspace's own cap, beside the journey's. */
	frequencyCap?: { messages: number; per: string };
	/** False: no agreement covers the mail transport, so no message with PHI leaves. */
	baa?: boolean;
	/** What segments ask about; without it nobody is in any. */
	segments?: SegmentFacts;
	/** The doors of the journeys that the plan enters, by slug. */
	doors?: Readonly<Record<string, Door>>;
}

/** What a condition read, and whether its comparison held: the answer to "why did this contact go left?". */
export interface Read {
	/** `attribute:age`, `trigger:score`, `event:visit.completed`, `message:survey opened`, `consent:marketing`. */
	what: string;
	value: unknown;
	phi?: boolean;
	holds: boolean;
}
