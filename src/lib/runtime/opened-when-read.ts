/**
 * What is sealed about a person, opened when a step reads it first. A wait that ends asks nobody who it was, and then nothing
 * is opened: no more is looked at than the journey needs (45 CFR 164.502(b)), and opening is the dearest part of a move.
 *
 * Their properties are the classes', which spreading does not copy. Reading throws a SealError for a person who was shredded,
 * and for a row that was changed by hand.
 */
import type { ContactFact, EnrollmentState, Reach } from '$lib/journey/index.ts';
import { factOf, openContact } from '$lib/server/people/contact-store.ts';
import { openTrigger } from '$lib/server/people/payloads.ts';
import type { KeyBatch } from '$lib/server/seal/contact-keys.ts';
import type { ClaimedRow } from './claim.ts';
import { Unwritable } from './row-fault.ts';
import { readVisited } from './visited.ts';

/** A contact as decisions see it. */
export class SealedPerson implements ContactFact {
	readonly timezone: string | null;
	readonly createdAt: number;
	readonly reach: Reach;
	private readonly keys: KeyBatch;
	private readonly row: ClaimedRow;
	private opened: ContactFact | null = null;

	constructor(keys: KeyBatch, row: ClaimedRow) {
		this.timezone = row.timezone;
		this.createdAt = row.created_at;
		this.reach = { email: row.has_email, text: row.has_phone };
		this.keys = keys;
		this.row = row;
	}

	get id(): string {
		return this.open().id;
	}

	get email(): string | null {
		return this.open().email;
	}

	get phone(): string | null {
		return this.open().phone;
	}

	get attributes(): Record<string, unknown> {
		return this.open().attributes;
	}

	private open(): ContactFact {
		if (this.opened) return this.opened;
		const { contact_id, timezone, attributes, sealed, created_at } = this.row;
		if (!attributes || !sealed) throw unread(this.row);
		const contact = openContact(this.keys, { contact_id, timezone, attributes, sealed, created_at });
		return (this.opened = factOf(contact));
	}
}

/** Where an enrollment stands; its payload is opened when it is read first. */
export class ClaimedState implements EnrollmentState {
	readonly step: string;
	readonly arrivedAt: number;
	readonly arrivals: Record<string, number>;
	readonly visitCount: number;
	readonly enteredAt: number;
	readonly entryEventId: number | null;
	readonly lastEventId: number | undefined;
	readonly lineage: string[] | undefined;
	readonly leftAt: Record<string, number> | undefined;
	readonly standing: boolean;
	private readonly keys: KeyBatch;
	private readonly row: ClaimedRow;
	private opened: EnrollmentState['trigger'] | null = null;

	constructor(keys: KeyBatch, row: ClaimedRow) {
		this.step = row.step;
		this.arrivedAt = row.arrived_at;
		this.arrivals = readVisited(row.visited);
		this.visitCount = row.visit_count;
		this.enteredAt = row.entered_at;
		this.entryEventId = row.entry_event_id;
		this.lastEventId = row.before_event_id ?? undefined;
		this.lineage = row.lineage ?? undefined;
		this.leftAt = row.left_at ?? undefined;
		this.standing = row.state === 'waiting';
		this.keys = keys;
		this.row = row;
	}

	get trigger(): EnrollmentState['trigger'] {
		if (this.opened) return this.opened;
		const { id, contact_id, trigger, trigger_sealed } = this.row;
		if (!trigger) throw unread(this.row);
		return (this.opened = openTrigger(this.keys, { id, contact_id, trigger, trigger_sealed }));
	}
}

/** `impersonalSteps` said that nobody would look. */
function unread({ id, step }: ClaimedRow): Unwritable {
	return new Unwritable(`Enrollment ${id} at ${step} was read without who it is about.`);
}
