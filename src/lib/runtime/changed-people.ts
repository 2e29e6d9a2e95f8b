/** Whom a change from outside takes over a watched segment's border: an import, an integrator, a person at the screen. */
import type { Change } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { admit, type Arrival } from './entry.ts';
import { worldOf } from './facts.ts';
import type { LockedContact } from './inside.ts';
import { ask, doorsFor, loadMembership, loadSegmentFacts, writeMembership } from './membership.ts';
import { planMidnights } from './midnights.ts';
import { loadLiveJourneys, loadPausedJourneys } from './plans.ts';
import { loadWatching } from './segments.ts';
import { loadWorkspaceFacts } from './workspace.ts';

/** Asks the watched segments about contacts who changed, and are locked; gives how many came in somewhere. `now` in ms. */
export async function letInAfter(
	tx: Tx,
	store: Store,
	contacts: ReadonlyMap<number, LockedContact | null>,
	change: Change,
	now: number
): Promise<number> {
	const live = await loadLiveJourneys(tx, store.pool);
	const watching = await loadWatching(tx, [...live, ...(await loadPausedJourneys(tx, store.pool))]);
	if (!watching) return 0;
	const ids = [...contacts.keys()];
	await planMidnights(tx, watching, now, ids);
	const facts = await loadSegmentFacts(tx, store, watching, ids, now);
	const membership = await loadMembership(tx, watching, ids);
	const workspace = await loadWorkspaceFacts(tx);
	const comers: Arrival[] = [];
	for (const [contactId, contact] of contacts) {
		if (!contact || facts.unreadable.has(contactId)) continue;
		const world = worldOf(facts, contact.fact, contactId, null, workspace);
		for (const { journey, trigger } of doorsFor(live, ask(membership, contactId, world, change, now)))
			comers.push({
				version: journey,
				trigger,
				contactId,
				zone: contact.fact.timezone ?? journey.zone,
				at: now,
				cause: `change:${now}`,
				key: null,
				payload: {},
				eventId: null,
				lineage: []
			});
	}
	await writeMembership(tx, membership);
	const sheet = new CountSheet();
	const { admitted } = await admit(tx, store.vault, comers, sheet);
	await writeCounts(tx, sheet, shards.planner);
	return admitted;
}
