/**
 * Contacts' keys kept open: the used ones, for a short time, so that a key destroyed by another process goes here too.
 * Room is made as a clock does ("second chance"): the oldest goes, unless it was used since it was last looked at.
 */
import type { SealingKey } from './sealed.ts';

export interface KeyCacheLimits {
	count: number;
	forMs: number;
	/** Milliseconds of a clock that never jumps. */
	now(): number;
}

export class KeyCache {
	private readonly kept = new Map<number, { key: SealingKey; until: number; isUsed: boolean }>();
	private readonly shunned = new Map<number, number>();

	private readonly limits: KeyCacheLimits;

	constructor(limits: KeyCacheLimits) {
		this.limits = limits;
	}

	get size(): number {
		return this.kept.size;
	}

	/** The key of a contact, if it is kept at `now`. */
	find(contactId: number, now: number): SealingKey | undefined {
		const entry = this.kept.get(contactId);
		if (!entry || entry.until <= now) return undefined;
		entry.isUsed = true;
		return entry.key;
	}

	/** Keeps a key that was read from the database at `readAt`. Being used doesn't make it stay longer. */
	keep(key: SealingKey, readAt: number): void {
		if ((this.shunned.get(key.id) ?? 0) > this.limits.now()) return;
		this.kept.delete(key.id);
		this.kept.set(key.id, { key, until: readAt + this.limits.forMs, isUsed: false });
		if (this.kept.size > this.limits.count) this.makeRoom();
	}

	/**
	 * Drops the keys of `contactIds`, and keeps none of theirs for a while: the transaction that destroys them may still be
	 * open, and what is read until it commits must not outlive it.
	 */
	forget(contactIds: readonly number[]): void {
		const now = this.limits.now();
		for (const [id, until] of this.shunned) if (until <= now) this.shunned.delete(id);
		for (const id of contactIds) {
			this.kept.delete(id);
			this.shunned.set(id, now + this.limits.forMs);
		}
	}

	// A Map keeps the order of insertion, and goes on to what is put behind while it is walked.
	private makeRoom(): void {
		const now = this.limits.now();
		for (const [id, entry] of this.kept) {
			this.kept.delete(id);
			if (!entry.isUsed || entry.until <= now) return;
			entry.isUsed = false;
			this.kept.set(id, entry);
		}
	}
}
