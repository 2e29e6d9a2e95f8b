/** Who is in a segment when a trigger begins to watch it: they have not entered (§4). */
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Tx } from '$lib/server/db/db.ts';
import { worldOf } from './facts.ts';
import { lockContacts } from './inside.ts';
import { isIn, loadMembership, loadSegmentFacts, writeMembers } from './membership.ts';
import { loadLiveJourneys, loadPausedJourneys } from './plans.ts';
import { loadWatching, type WatchedSegment, type Watching } from './segments.ts';
import { loadWorkspaceFacts } from './workspace.ts';

const PEOPLE_AT_ONCE = 500;
/** Of a segment that knows all its members, whoever comes later included. */
export const EVERYBODY = Number.MAX_SAFE_INTEGER;

/** Finds the members of each segment that is watched from now on, without letting anybody in. `now` in ms. */
export async function buildSegments(store: Store, now: number): Promise<Watching | null> {
	for (;;) {
		const watching = await loadWatching(store.pool, [
			...(await loadLiveJourneys(store.pool, store.pool)),
			...(await loadPausedJourneys(store.pool, store.pool))
		]);
		const next = watching?.watched.find(({ builtUpTo }) => builtUpTo < EVERYBODY);
		if (!watching || !next) return watching;
		await inTransaction(store.pool, (tx) =>
			buildNext(tx, store, { ...watching, watched: [next] }, next, now)
		);
	}
}

async function buildNext(
	tx: Tx,
	store: Store,
	watching: Watching,
	{ slug }: WatchedSegment,
	now: number
): Promise<void> {
	// Two builders take turns, and the second goes on where the first came to.
	const { rows } = await tx.query<{ built_up_to: number | null }>(
		'select built_up_to from segments where slug = $1 for update',
		[slug]
	);
	const from = rows[0]?.built_up_to ?? EVERYBODY;
	if (from === EVERYBODY) return;
	const people = await tx.query<{ id: number }>(
		'select id from contacts where id > $1 order by id limit $2',
		[from, PEOPLE_AT_ONCE]
	);
	const ids = people.rows.map((row) => row.id);
	if (ids.length && watching.conditions[slug] !== null) await buildFor(tx, store, watching, slug, ids, now);
	const upTo = watching.conditions[slug] === null ? EVERYBODY : (ids.at(-1) ?? EVERYBODY);
	await tx.query('update segments set built_up_to = $2 where slug = $1', [slug, upTo]);
}

async function buildFor(
	tx: Tx,
	store: Store,
	watching: Watching,
	slug: string,
	ids: number[],
	now: number
): Promise<void> {
	const contacts = await lockContacts(tx, store.vault, ids);
	const facts = await loadSegmentFacts(tx, store, watching, ids, now);
	const workspace = await loadWorkspaceFacts(tx);
	const { members } = await loadMembership(tx, watching, ids);
	const found = [...contacts].flatMap(([contactId, contact]) => {
		if (!contact || facts.unreadable.has(contactId)) return [];
		const world = worldOf(facts, contact.fact, contactId, null, workspace);
		const is = isIn(watching, { slug }, world, now);
		return is === (members.get(contactId)?.has(slug) ?? false) ? [] : [{ segment: slug, contactId, is }];
	});
	await writeMembers(
		tx,
		found.filter(({ is }) => is),
		found.filter(({ is }) => !is)
	);
}
