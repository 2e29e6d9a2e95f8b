/** What steps and messages change about segments: lists kept by hand, and who crosses the border of a watched one. */
import { withAttributes, type Effect, type World } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import type { Db, Tx } from '$lib/server/db/db.ts';
import { applyChange } from './changed-contact.ts';
import { worldOf, type Facts } from './facts.ts';
import {
	ask,
	loadMembership,
	loadSegmentFacts,
	writeMembers,
	writeMembership,
	type Crossing,
	type Membership
} from './membership.ts';
import type { Move } from './move.ts';
import { loadKnownJourneys, type LiveJourney } from './plans.ts';
import { loadWatching, type Watching } from './segments.ts';
import { loadWorkspaceFacts } from './workspace.ts';

type Changing = Extract<Effect, { kind: 'update' | 'segment' }>;

function isChanging(effect: Effect): effect is Changing {
	return effect.kind === 'update' || effect.kind === 'segment';
}

/**
 * Writes the lists that moves changed, and asks the watched segments at each change, in order, as the contact was then. The
 * contacts are locked. Gives what each effect made its contact cross.
 */
export async function followSegments(
	tx: Tx,
	store: Store,
	moves: readonly Move[]
): Promise<Map<Effect, Crossing[]>> {
	const changing = moves.filter((move) => move.result.effects.some(isChanging));
	if (!changing.length) return new Map();
	const asking = await openAsking(tx, store, changing);
	await keepLists(tx, changing);
	if (!asking) return new Map();
	const crossings = new Map<Effect, Crossing[]>();
	for (const move of changing)
		for (const effect of move.result.effects) {
			if (!isChanging(effect)) continue;
			const crossed = asking.askAt(move, effect);
			if (crossed.length) crossings.set(effect, crossed);
		}
	await writeMembership(tx, asking.membership);
	return crossings;
}

interface Asking {
	membership: Membership;
	askAt(move: Move, effect: Changing): Crossing[];
}

async function openAsking(tx: Tx, store: Store, moves: readonly Move[]): Promise<Asking | null> {
	const { live, paused } = await loadKnownJourneys(tx, store.pool);
	const watching = await loadWatching(tx, [...live, ...paused]);
	if (!watching) return null;
	const ids = [...new Set(moves.map((move) => move.claimed.contactId))];
	const now = Math.max(...moves.map((move) => move.at));
	const facts = await loadSegmentFacts(tx, store, watching, ids, now);
	const membership = await loadMembership(tx, watching, ids);
	const workspace = await loadWorkspaceFacts(tx);
	const worlds = new Map<number, World>();
	return {
		membership,
		askAt({ claimed, at }, effect) {
			const { contactId } = claimed;
			const before = worlds.get(contactId) ?? worldOf(facts, claimed.contact, contactId, null, workspace);
			const world = worldAfter(before, effect);
			worlds.set(contactId, world);
			if (effect.kind === 'segment')
				return ask(membership, contactId, world, { kind: 'kept', segment: effect.segment }, at);
			const keys = changedKeys(before.contact.attributes, world.contact.attributes, effect.set);
			return keys.length ? ask(membership, contactId, world, { kind: 'attributes', keys }, at) : [];
		}
	};
}

function changedKeys(
	before: Record<string, unknown>,
	after: Record<string, unknown>,
	set: Record<string, unknown>
): string[] {
	return Object.keys(set).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

function worldAfter(world: World, effect: Changing): World {
	if (effect.kind === 'update') {
		const { contact } = world;
		return {
			...world,
			contact: withAttributes(contact, applyChange(contact.attributes, effect.set))
		};
	}
	const { segments } = world;
	if (!segments) return world;
	const others = segments.kept.filter((each) => each !== effect.segment);
	const kept = effect.change === 'add' ? [...others, effect.segment] : others;
	return { ...world, segments: { ...segments, kept } };
}

/** Lists kept by hand, as the last change of each leaves them. */
async function keepLists(db: Db, moves: readonly Move[]): Promise<void> {
	const last = new Map<string, { segment: string; contactId: number; change: 'add' | 'remove' }>();
	for (const { claimed, result } of moves)
		for (const effect of result.effects)
			if (effect.kind === 'segment') {
				const { segment, change } = effect;
				last.set(`${claimed.contactId} ${segment}`, { segment, contactId: claimed.contactId, change });
			}
	const all = [...last.values()];
	await writeMembers(
		db,
		all.filter(({ change }) => change === 'add'),
		all.filter(({ change }) => change === 'remove')
	);
}

/** A sent message can let its contact into a segment, or out of one. Null where that can't matter: then nothing is locked. */
export async function openForMessages(tx: Tx, store: Store): Promise<ForMessages | null> {
	const { live, paused } = await loadKnownJourneys(tx, store.pool);
	const watching = await loadWatching(tx, [...live, ...paused]);
	if (!watching?.watched.some(({ reads }) => reads.messages || reads.clock)) return null;
	return { live, watching };
}

export interface ForMessages {
	live: LiveJourney[];
	watching: Watching;
}

/** Asks the watched segments about contacts who were just sent something, and are locked. */
export async function askAfterMessages(
	tx: Tx,
	store: Store,
	{ watching }: ForMessages,
	contacts: ReadonlyMap<number, { fact: World['contact'] } | null>,
	now: number
): Promise<Map<number, Crossing[]>> {
	const ids = [...contacts.keys()];
	const facts: Facts = await loadSegmentFacts(tx, store, watching, ids, now);
	const membership = await loadMembership(tx, watching, ids);
	const workspace = await loadWorkspaceFacts(tx);
	const crossed = new Map<number, Crossing[]>();
	for (const [id, contact] of contacts) {
		if (!contact || facts.unreadable.has(id)) continue;
		crossed.set(
			id,
			ask(membership, id, worldOf(facts, contact.fact, id, null, workspace), { kind: 'message' }, now)
		);
	}
	await writeMembership(tx, membership);
	return crossed;
}
