/** Writes what steps did beside moving people: changed attributes, and entries into other journeys. */
import { withAttributes, type ContactFact, type Effect } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import type { Tx } from '$lib/server/db/db.ts';
import {
	columnsOf,
	CONTACT_COLUMNS,
	factOf,
	openContacts,
	sealContact,
	UPDATE_CONTACTS,
	type Contact,
	type ContactRow
} from '$lib/server/people/contact-store.ts';
import { loadPlainKeys } from '$lib/server/people/registry.ts';
import { applyChange } from './changed-contact.ts';
import type { CountSheet } from './counts.ts';
import { loadOpenJourneys, type OpenJourney } from './doors.ts';
import { admit, insertRefusals, type Arrival } from './entry.ts';
import { doorsFor, type Crossing } from './membership.ts';
import type { Move } from './move.ts';
import { loadLiveJourneys, type LiveJourney } from './plans.ts';
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
	return withAttributes(
		fact,
		updates.reduce((all, { set }) => applyChange(all, set), fact.attributes)
	);
}

/**
 * Writes the attributes that moves changed, in their order, and lets entries by date and waits on a date follow. The
 * contacts are locked since the claim, but were read before their lock: they are read again, so that what somebody else
 * wrote in between stays. `now` in ms since 1970.
 */
export async function writeUpdates(tx: Tx, store: Store, moves: readonly Move[], now: number): Promise<void> {
	const changing = moves.filter((move) => effectsOf(move, 'update').length);
	if (!changing.length) return;
	const contacts = await readAgain(tx, store, changing);
	const lineages = new Map<string, readonly string[]>();
	for (const move of changing)
		for (const update of effectsOf(move, 'update')) applyTo(contacts, lineages, move, update);
	if (!lineages.size) return;
	const written = [...contacts.values()];
	await writeContacts(tx, store, written, now);
	await writeLineages(tx, lineages);
	await followChanges(
		tx,
		store.pool,
		written.map((contact) => ({ id: contact.id, fact: factOf(contact) })),
		now
	);
}

async function readAgain(tx: Tx, { vault }: Store, moves: readonly Move[]): Promise<Map<number, Contact>> {
	const { rows } = await tx.query<ContactRow>(
		`select ${CONTACT_COLUMNS} from contacts c where c.id = any($1) order by c.id`,
		[moves.map((move) => move.claimed.contactId)]
	);
	return openContacts(vault, rows);
}

function applyTo(
	contacts: Map<number, Contact>,
	lineages: Map<string, readonly string[]>,
	{ claimed, version }: Move,
	update: EffectOf<'update'>
): void {
	const { contactId, state } = claimed;
	const contact = contacts.get(contactId);
	if (!contact) throw new Unwritable(`Contact ${contactId} is gone, so not changed.`);
	const attributes = applyChange(contact.attributes, update.set);
	contacts.set(contactId, { ...contact, attributes });
	for (const key of Object.keys(update.set))
		if (JSON.stringify(contact.attributes[key]) !== JSON.stringify(attributes[key]))
			lineages.set(`${contactId} ${key}`, state.lineage ?? [version.slug]);
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

/**
 * Lets in, and turns away, whom steps sent to other journeys or over a watched segment's border, in the order in which they
 * did. Gives how many came in.
 */
export async function writeEntries(
	tx: Tx,
	{ pool, vault }: Store,
	moves: readonly Move[],
	crossings: ReadonlyMap<Effect, Crossing[]>,
	sheet: CountSheet
): Promise<number> {
	const asked = moves.flatMap((move) =>
		move.result.effects.flatMap((effect) =>
			effect.kind === 'enter' || effect.kind === 'refusal' ? [{ move, effect }] : []
		)
	);
	if (!asked.length && !crossings.size) return 0;
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
	const arrivalByEffect = new Map<Effect, Arrival>(at.map(({ effect, arrival }) => [effect, arrival]));
	const live = crossings.size ? await loadLiveJourneys(tx, pool) : [];
	const comers = moves.flatMap((move) =>
		move.result.effects.flatMap((effect, index) => {
			const arrival = effect.kind === 'enter' ? arrivalByEffect.get(effect) : undefined;
			if (arrival) return [arrival];
			return doorsFor(live, crossings.get(effect) ?? []).map(({ journey, trigger }) =>
				arrivalBySegment(move, index, journey, trigger)
			);
		})
	);
	return (await admit(tx, vault, comers, sheet)).admitted;
}

function arrivalBySegment(
	{ claimed, version, at }: Move,
	index: number,
	journey: LiveJourney,
	trigger: Arrival['trigger']
): Arrival {
	return {
		version: journey,
		trigger,
		contactId: claimed.contactId,
		zone: claimed.contact.timezone ?? journey.zone,
		at,
		cause: `segment:${claimed.id}:${claimed.seq}:${index}`,
		key: null,
		payload: {},
		eventId: null,
		lineage: claimed.state.lineage ?? [version.slug]
	};
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
