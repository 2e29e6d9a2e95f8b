/** The contacts of a scenario, made through the intake at their `createdAt`. */
import { instantOf, type Scenario, type ScenarioContact } from '$lib/journey/rehearse/scenario.ts';
import { compareText } from '$lib/journey/text.ts';
import type { App } from '$lib/server/app.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { upsertContacts, type ContactPatch } from './product.ts';

interface Coming {
	at: number;
	patch: ContactPatch;
}

export class People {
	private readonly app: App;
	private readonly ids = new Map<string, number>();
	private coming: Coming[];

	constructor(app: App, scenario: Scenario) {
		this.app = app;
		const start = instantOf(scenario.start);
		// In the order in which contacts come at one instant, so that their numbers have it too.
		this.coming = scenario.contacts
			.toSorted((one, other) => compareText(one.id, other.id))
			.map((contact) => ({
				at: contact.createdAt ? instantOf(contact.createdAt) : start,
				patch: patchOf(contact)
			}));
	}

	/** When the next one comes; Infinity when all are there. */
	next(): number {
		return Math.min(...this.coming.map(({ at }) => at), Infinity);
	}

	/** Makes those who come up to an instant, each as of its own. */
	async comeUpTo(instant: number): Promise<void> {
		await this.make(this.coming.filter(({ at }) => at <= instant));
	}

	/** The contact's inner id; whoever something happens to is there. */
	async idOf(contact: string): Promise<number> {
		await this.make(this.coming.filter(({ patch }) => patch.id === contact));
		const id = this.ids.get(contact);
		if (id === undefined) throw new Error('A scenario names a contact that it does not have.');
		return id;
	}

	private async make(comers: Coming[]): Promise<void> {
		const { pool, vault } = this.app;
		for (const { at, patch } of comers) {
			const ids = await inTransaction(pool, (tx) => upsertContacts(tx, vault, [patch], at));
			for (const id of ids) this.ids.set(patch.id, id);
		}
		this.coming = this.coming.filter((each) => !comers.includes(each));
	}
}

function patchOf({ id, email, phone, timezone, attributes, consents = [] }: ScenarioContact): ContactPatch {
	return {
		id,
		email: email ?? null,
		phone: phone ?? null,
		timezone: timezone ?? null,
		attributes: attributes ?? {},
		consents: consents.map(({ kind, topic, sponsor, grantedAt, expiresAt, revokedAt }) => ({
			kind,
			topic: topic ?? null,
			sponsor: sponsor ?? null,
			grantedAt: instantOf(grantedAt),
			expiresAt: expiresAt ? instantOf(expiresAt) : null,
			revokedAt: revokedAt ? instantOf(revokedAt) : null
		}))
	};
}
