/** Writes what steps did beside moving people: changed attributes, and entries into other journeys. */
import type { ContactFact, Effect } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import type { Tx } from '$lib/server/db/db.ts';
import {
	columnsOf,
	factOf,
	sealContact,
	UPDATE_CONTACTS,
	type Contact
} from '$lib/server/people/contact-store.ts';
import { loadPlainKeys } from '$lib/server/people/registry.ts';
import type { CountSheet } from './counts.ts';
import { loadOpenJourneys, type OpenJourney } from './doors.ts';
import { admit, insertRefusals, type Arrival } from './entry.ts';
import type { Move } from './move.ts';
import { followChanges } from './planned.ts';
import { Unwritable } from './row-fault.ts';

type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

function effectsOf<K extends Effect['kind']>(move: Move, kind: K): EffectOf<K>[] {
	return move.result.effects.filter((effect): effect is EffectOf<K> => effect.kind === kind);
}

/** The contact as the steps of a move leave it; the same one where they change nothing. */
export function contactAfter(fact: ContactFact, move: Move): ContactFact {
	const updates = effectsOf(move, 'update');
	if (!updates.length) return fact;
	return { ...fact, attributes: updates.reduce(applySet, fact.attributes) };
}

function applySet(attributes: Record<string, unknown>, { set }: EffectOf<'update'>): Record<string, unknown> {
	return Object.fromEntries(Object.entries({ ...attributes, ...set }).filter(([, value]) => value !== null));
}

/**
 * Writes the attributes that moves changed, in their order, and lets entries by date and waits on a date follow. The
 * contacts are locked since the claim. `now` in ms since 1970.
 */
export async function writeUpdates(tx: Tx, store: Store, moves: readonly Move[], now: number): Promise<void> {
	const changed = new Map<number, { move: Move; attributes: Record<string, unknown> }>();
	const lineages = new Map<string, readonly string[]>();
	for (const move of moves) {
		const { contactId, person, state } = move.claimed;
		for (const update of effectsOf(move, 'update')) {
			const before = changed.get(contactId)?.attributes ?? person?.attributes ?? {};
			const attributes = applySet(before, update);
			changed.set(contactId, { move, attributes });
			for (const key of Object.keys(update.set))
				if (JSON.stringify(before[key]) !== JSON.stringify(attributes[key]))
					lineages.set(`${contactId} ${key}`, state.lineage ?? [move.version.slug]);
		}
	}
	if (!lineages.size) return;
	const contacts = [...changed.values()].map(({ move, attributes }) => withAttributes(move, attributes));
	await writeContacts(tx, store, contacts, now);
	await writeLineages(tx, lineages);
	await followChanges(
		tx,
		store.pool,
		contacts.map((contact) => ({ id: contact.id, fact: factOf(contact) })),
		now
	);
}

function withAttributes({ claimed }: Move, attributes: Record<string, unknown>): Contact {
	if (!claimed.person) throw new Unwritable(`Contact ${claimed.contactId} can't be read, so not changed.`);
	return { ...claimed.person, attributes };
}

async function writeContacts(tx: Tx, { vault }: Store, contacts: Contact[], now: number): Promise<void> {
	const isPlain = await loadPlainKeys(tx);
	const keys = await vault.keysToSeal(contacts.map((contact) => contact.id));
	const rows = contacts.map((contact) => sealContact(vault, keys.get(contact.id), contact, isPlain));
	await tx.query(UPDATE_CONTACTS, [
		contacts.map((contact) => contact.id),
		contacts.map((contact) => contact.timezone),
		...columnsOf(rows),
		new Date(now)
	]);
}

async function writeLineages(tx: Tx, lineages: Map<string, readonly string[]>): Promise<void> {
	const rows = [...lineages].map(([place, lineage]) => ({
		place: place.split(' '),
		lineage: lineage.join(' ')
	}));
	await tx.query(
		`insert into attribute_lineages (contact_id, key, lineage)
		 select contact_id, key, string_to_array(lineage, ' ') from unnest($1::bigint[], $2::text[], $3::text[]) as u (contact_id, key, lineage)
		 on conflict (contact_id, key) do update set lineage = excluded.lineage`,
		[rows.map(({ place }) => place[0]), rows.map(({ place }) => place[1]), rows.map((row) => row.lineage)]
	);
}

/** Lets in, and turns away, whom steps sent to other journeys, in the order in which they did. Gives how many came in. */
export async function writeEntries(
	tx: Tx,
	{ pool, vault }: Store,
	moves: readonly Move[],
	sheet: CountSheet
): Promise<number> {
	const asked = moves.flatMap((move) =>
		move.result.effects.flatMap((effect) =>
			effect.kind === 'enter' || effect.kind === 'refusal' ? [{ move, effect }] : []
		)
	);
	if (!asked.length) return 0;
	const journeys = await loadOpenJourneys(
		tx,
		pool,
		asked.map(({ effect }) => effect.journey)
	);
	const at = asked.flatMap(({ move, effect }) => {
		const journey = journeys.get(effect.journey);
		const trigger = journey?.plan.triggers.find((each) => each.step === effect.trigger);
		return journey && trigger ? [{ move, effect, arrival: arrivalAt(move, effect, journey, trigger) }] : [];
	});
	await insertRefusals(
		tx,
		at.flatMap(({ effect, arrival }) =>
			effect.kind === 'refusal' ? [{ arrival, reason: effect.reason }] : []
		),
		sheet
	);
	const comers = at.filter(({ effect }) => effect.kind === 'enter').map(({ arrival }) => arrival);
	return (await admit(tx, vault, comers, sheet)).admitted;
}

function arrivalAt(
	{ claimed, version, at }: Move,
	effect: EffectOf<'enter'> | EffectOf<'refusal'>,
	journey: OpenJourney,
	trigger: Arrival['trigger']
): Arrival {
	const isEntry = effect.kind === 'enter';
	return {
		version: journey,
		trigger,
		contactId: claimed.contactId,
		zone: claimed.contact.timezone ?? journey.zone,
		at,
		cause: isEntry ? `enter:${claimed.id}:${effect.step}:${effect.arrival}` : '',
		key: null,
		payload: isEntry ? effect.payload : {},
		eventId: null,
		lineage: claimed.state.lineage ?? [version.slug]
	};
}
