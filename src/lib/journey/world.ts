/** The facts that decisions read. The shell loads them; nothing here asks for more. Instants are ms since 1970. */

export type AttributeType = 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';

export interface ContactFact {
	id: string;
	email: string | null;
	phone: string | null;
	timezone: string | null;
	attributes: Record<string, unknown>;
	createdAt: number;
}

export interface EventFact {
	/** Grows in the order of arrival. */
	id: number;
	name: string;
	occurredAt: number;
	properties: Record<string, unknown>;
}

export interface MessageFact {
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
	grantedAt: number;
	expiresAt: number | null;
	revokedAt: number | null;
}

export interface SuppressionFact {
	scope: 'all' | 'marketing';
	reason: 'unsubscribed' | 'complained' | 'bounced' | 'manual';
	/** Set where the contact left one topic only. */
	topic?: string | null;
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
}

/** What a condition read, and whether its comparison held: the answer to "why did this contact go left?". */
export interface Read {
	/** `attribute:age`, `trigger:score`, `event:visit.completed`, `message:survey opened`, `consent:marketing`. */
	what: string;
	value: unknown;
	phi?: boolean;
	holds: boolean;
}
