/** Segments that read the clock are asked anew at midnight of the contact's zone, before whatever else is due then (§4). */
import { readsOfSegment, toInstant, toLocal } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import { inTransaction, type Db, type Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { enqueuePump } from './door.ts';
import { admit, type Arrival } from './entry.ts';
import { worldOf } from './facts.ts';
import { lockContacts } from './inside.ts';
import {
	ask,
	doorsFor,
	loadMembership,
	loadSegmentFacts,
	writeMembership,
	type Crossing
} from './membership.ts';
import { loadLiveJourneys, loadPausedJourneys, type LiveJourney } from './plans.ts';
import { loadWatching, type Watching } from './segments.ts';
import { loadWorkspaceFacts } from './workspace.ts';

const DAY_MS = 86_400_000;
const PEOPLE_AT_ONCE = 500;

/** Whether time alone can take somebody over a watched border. */
function readsClock({ watched }: Watching): boolean {
	return watched.some(({ reads }) => reads.clock);
}

/** Sets the midnights of all zones in use, or only those of `contactIds`; those that nobody needs any more go. */
export async function planMidnights(
	db: Db,
	watching: Watching | null,
	now: number,
	contactIds: readonly number[] | null = null
): Promise<void> {
	if (!watching || !readsClock(watching)) {
		if (!contactIds) await db.query('delete from segment_midnights');
		return;
	}
	const { workspaceTimezone } = await loadWorkspaceFacts(db);
	const { rows } = await db.query<{ zone: string }>(
		`select distinct coalesce(timezone, '') as zone from contacts where $1::bigint[] is null or id = any($1)`,
		[contactIds]
	);
	await db.query(
		`insert into segment_midnights (zone, due_at) select * from unnest($1::text[], $2::timestamptz[]) on conflict do nothing`,
		[
			rows.map((row) => row.zone),
			rows.map((row) => new Date(midnightAfter(row.zone || workspaceTimezone, now)))
		]
	);
}

function midnightAfter(zone: string, now: number): number {
	const today = Math.floor(toLocal(zone, now) / DAY_MS) * DAY_MS;
	return toInstant(zone, today + DAY_MS);
}

interface Midnight {
	zone: string;
	due_at: Date;
	after_contact_id: number;
}

/** Asks the next people of a zone whose midnight has come; gives how many, 0 when it has come nowhere. `now` in ms. */
export async function admitMidnight(store: Store, now: number): Promise<number> {
	return inTransaction(store.pool, async (tx) => {
		const { rows } = await tx.query<Midnight>(
			'select * from segment_midnights where due_at <= $1 order by due_at, zone limit 1 for update skip locked',
			[new Date(now)]
		);
		const [midnight] = rows;
		if (!midnight) return 0;
		const live = await loadLiveJourneys(tx, store.pool);
		const watching = await loadWatching(tx, [...live, ...(await loadPausedJourneys(tx, store.pool))]);
		const ids = watching ? await nextPeople(tx, midnight) : [];
		if (watching && ids.length) await askThem(tx, store, { watching, live, midnight, ids });
		else await endMidnight(tx, midnight, watching);
		return Math.max(ids.length, 1);
	});
}

async function nextPeople(tx: Tx, { zone, after_contact_id, due_at }: Midnight): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select id from contacts where coalesce(timezone, '') = $1 and id > $2 and created_at <= $3 order by id limit $4`,
		[zone, after_contact_id, due_at, PEOPLE_AT_ONCE]
	);
	return rows.map((row) => row.id);
}

async function endMidnight(tx: Tx, { zone, due_at }: Midnight, watching: Watching | null): Promise<void> {
	if (!watching || !readsClock(watching)) {
		await tx.query('delete from segment_midnights where zone = $1', [zone]);
		return;
	}
	const { workspaceTimezone } = await loadWorkspaceFacts(tx);
	await tx.query('update segment_midnights set due_at = $2, after_contact_id = 0 where zone = $1', [
		zone,
		new Date(midnightAfter(zone || workspaceTimezone, due_at.getTime()))
	]);
}

interface Asking {
	watching: Watching;
	live: LiveJourney[];
	midnight: Midnight;
	ids: number[];
}

async function askThem(tx: Tx, store: Store, { watching, live, midnight, ids }: Asking): Promise<void> {
	const at = midnight.due_at.getTime();
	const contacts = await lockContacts(tx, store.vault, ids);
	const facts = await loadSegmentFacts(tx, store, watching, ids, at);
	const workspace = await loadWorkspaceFacts(tx);
	const membership = await loadMembership(tx, watching, ids);
	const comers: Arrival[] = [];
	for (const [id, contact] of contacts) {
		if (!contact || facts.unreadable.has(id)) continue;
		const world = worldOf(facts, contact.fact, id, null, workspace);
		const crossings = ask(membership, id, world, { kind: 'all' }, at);
		for (const { journey, trigger, crossing } of doorsFor(live, crossings))
			comers.push({
				version: journey,
				trigger,
				contactId: id,
				zone: contact.fact.timezone ?? journey.zone,
				at,
				cause: `midnight:${at}`,
				key: null,
				payload: {},
				eventId: null,
				lineage: await lineageOf(tx, watching, id, crossing)
			});
	}
	await writeMembership(tx, membership);
	const sheet = new CountSheet();
	const { admitted } = await admit(tx, store.vault, comers, sheet);
	await writeCounts(tx, sheet, shards.planner);
	await tx.query('update segment_midnights set after_contact_id = $2 where zone = $1', [
		midnight.zone,
		ids.at(-1)
	]);
	if (admitted) await enqueuePump(tx);
}

/**
 * The journeys whose steps set what a segment reads, or sent the messages it asks about: an entry that time alone brings
 * carries them (§6), as one by a date does.
 */
async function lineageOf(
	db: Db,
	{ conditions }: Watching,
	contactId: number,
	{ segment }: Crossing
): Promise<string[]> {
	const reads = readsOfSegment(segment, conditions);
	const { rows } = await db.query<{ slug: string }>(
		`select distinct unnest(lineage) as slug from attribute_lineages where contact_id = $1 and key = any($2)
		 union select distinct unnest(e.lineage) from (
			select distinct enrollment_id from enrollment_keys where contact_id = $1
		 ) k join enrollments e on e.id = k.enrollment_id
		 join message_keys mk on mk.enrollment_id = e.id join messages m on m.id = mk.message_id and m.state = 'sent'
		 where $3`,
		[contactId, [...reads.attributes], reads.messages]
	);
	return rows.map((row) => row.slug);
}
