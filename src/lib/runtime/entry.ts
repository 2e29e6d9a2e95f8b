/** Who may enter: the re-entry rule, keys, and each cause only once. Decided in memory; the caller holds the contacts' locks. */
import { addDuration, type PlanTrigger } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { marksOf } from '$lib/server/people/marks.ts';
import { sealTrigger } from '$lib/server/people/payloads.ts';
import type { Vault } from '$lib/server/seal/vault.ts';
import type { CountSheet } from './counts.ts';
import { deferEntries, type Deferred } from './deferred.ts';
import { openLimits, placeOf, writeLimits } from './limits.ts';
import type { VersionPlan } from './plans.ts';

/** How the cause begins of an entry that a person chose at the screen. */
export const BY_HAND = 'manual:';

/** One contact at one trigger's door. */
export interface Arrival {
	version: VersionPlan;
	trigger: PlanTrigger;
	contactId: number;
	/** Zone in which "30 days after exit" is counted. */
	zone: string;
	/** Ms since 1970. */
	at: number;
	/** What makes this cause one: `event:<id>`, `due:<occurrence>`, `manual:<request>`. */
	cause: string;
	/** The value of the trigger's key, or null where it has none. */
	key: string | null;
	payload: Record<string, unknown>;
	eventId: number | null;
	/** The journeys whose steps caused it, the first first. */
	lineage: readonly string[];
	/** It waited for its place, and has it. */
	hasPlace?: boolean;
	/** Its key is a mark already. */
	isKeyMarked?: boolean;
	/** Nothing set it going but time: events of its instant come first (§5.10). */
	isByTime?: boolean;
}

interface Entry {
	state: string;
	enteredAt: number;
	endedAt: number | null;
}

interface Past {
	entries: Entry[];
	keys: Set<string>;
	/** Somebody was let in by this very call. */
	isEntering: boolean;
}

type Verdict =
	{ admit: true; keys: string[] } | { admit: false; reason: 'loop' | 'reentry' | 'duplicate-key' } | 'seen';

/** Admits and refuses `arrivals` in their order, and writes both, with their counts to `sheet`. The caller wakes the pump. */
export async function admit(
	tx: Tx,
	vault: Vault,
	comers: Arrival[],
	sheet: CountSheet
): Promise<{ admitted: number; refused: number }> {
	if (!comers.length) return { admitted: 0, refused: 0 };
	const arrivals = comers.map((each) => withMarkedKey(vault, each));
	const pasts = await loadPasts(tx, arrivals);
	const limits = await openLimits(tx, arrivals);
	const admitted: { arrival: Arrival; keys: string[] }[] = [];
	const refused: { arrival: Arrival; reason: string }[] = [];
	const deferred: Deferred[] = [];
	for (const arrival of arrivals) {
		const past = pastOf(pasts, arrival);
		if (isBehind(arrival, past)) {
			deferred.push({ arrival, at: arrival.at, hasPlace: false });
			continue;
		}
		const verdict = judge(arrival, past);
		if (verdict === 'seen') continue;
		if (!verdict.admit) {
			refused.push({ arrival, reason: verdict.reason });
			continue;
		}
		const place = placeOf(limits, arrival);
		if (place > arrival.at) {
			deferred.push({ arrival, at: place, hasPlace: true });
			continue;
		}
		admitted.push({ arrival, keys: verdict.keys });
		for (const key of verdict.keys) past.keys.add(key);
		past.entries.push({ state: 'active', enteredAt: arrival.at, endedAt: null });
		past.isEntering = true;
	}
	await writeLimits(tx, limits);
	await insertEnrollments(tx, vault, admitted);
	await insertRefusals(tx, refused, sheet);
	await deferEntries(tx, vault, deferred);
	return { admitted: admitted.length, refused: refused.length };
}

/**
 * Whether the rule must wait for an answer: somebody who is just entering the same journey may be out of it again before this
 * arrival's turn (§5.10).
 */
function isBehind({ key, version }: Arrival, { isEntering }: Past): boolean {
	return isEntering && key === null && version.plan.settings.reentry?.when === 'afterExit';
}

/** The rule of §5.1, for one arrival. */
export function judge(arrival: Arrival, past: Past): Verdict {
	const cause = `${arrival.cause}:${arrival.trigger.step}`;
	if (past.keys.has(cause)) return 'seen';
	// Nobody is sent in circles from journey to journey (§6).
	if (arrival.lineage.includes(arrival.version.slug)) return { admit: false, reason: 'loop' };
	if (arrival.key !== null) {
		const key = `key:${arrival.key}`;
		return past.keys.has(key)
			? { admit: false, reason: 'duplicate-key' }
			: { admit: true, keys: [cause, key] };
	}
	const rule = arrival.version.plan.settings.reentry ?? { when: 'never' };
	switch (rule.when) {
		case 'always':
			return { admit: true, keys: [cause] };
		case 'afterExit':
			return mayReturn(arrival, past, rule.wait)
				? { admit: true, keys: [cause] }
				: { admit: false, reason: 'reentry' };
		case 'never':
			return past.entries.length
				? { admit: false, reason: 'reentry' }
				: { admit: true, keys: [cause, 'once'] };
	}
}

// The value is out of a payload, and may be about the person; of any length it becomes 22 signs. A deferred entry has it so.
function withMarkedKey(vault: Vault, arrival: Arrival): Arrival {
	if (arrival.key === null || arrival.isKeyMarked) return arrival;
	return {
		...arrival,
		isKeyMarked: true,
		key: marksOf(vault).entryKey.markOf(arrival.key)?.toString('base64url') ?? ''
	};
}

function mayReturn(arrival: Arrival, past: Past, wait: string | undefined): boolean {
	return past.entries.every((entry) => {
		if (entry.endedAt === null) return false;
		return !wait || addDuration(entry.endedAt, wait, arrival.zone) <= arrival.at;
	});
}

const pastKey = (contactId: number, journeyId: number) => `${contactId} ${journeyId}`;

async function loadPasts(tx: Tx, arrivals: Arrival[]): Promise<Map<string, Past>> {
	const pasts = new Map<string, Past>();
	const contactIds = [...new Set(arrivals.map((each) => each.contactId))];
	const journeyIds = [...new Set(arrivals.map((each) => each.version.journeyId))];
	const { rows } = await tx.query<{
		contact_id: number;
		journey_id: number;
		keys: string[];
		state: string;
		entered_at: Date;
		ended_at: Date | null;
	}>(
		`select k.contact_id, k.journey_id, k.keys, e.state, e.entered_at, e.ended_at
		 from (select contact_id, journey_id, enrollment_id, array_agg(key) as keys from enrollment_keys
			where contact_id = any($1) and journey_id = any($2) group by 1, 2, 3) k
		 join enrollments e on e.id = k.enrollment_id`,
		[contactIds, journeyIds]
	);
	for (const row of rows) {
		const past = getPast(pasts, pastKey(row.contact_id, row.journey_id));
		for (const key of row.keys) past.keys.add(key);
		past.entries.push({
			state: row.state,
			enteredAt: row.entered_at.getTime(),
			endedAt: row.ended_at?.getTime() ?? null
		});
	}
	return pasts;
}

function pastOf(pasts: Map<string, Past>, arrival: Arrival): Past {
	return getPast(pasts, pastKey(arrival.contactId, arrival.version.journeyId));
}

function getPast(pasts: Map<string, Past>, key: string): Past {
	let past = pasts.get(key);
	if (!past) pasts.set(key, (past = { entries: [], keys: new Set(), isEntering: false }));
	return past;
}

async function insertEnrollments(
	tx: Tx,
	vault: Vault,
	admitted: { arrival: Arrival; keys: string[] }[]
): Promise<void> {
	if (!admitted.length) return;
	const ids = await reserveIds(tx, admitted.length);
	const keys = await vault.keysToSeal(admitted.map(({ arrival }) => arrival.contactId));
	const before = await lastRoutedOf(
		tx,
		admitted.filter(({ arrival }) => arrival.eventId === null).map(({ arrival }) => arrival.contactId)
	);
	const payloads = admitted.map(({ arrival }, at) =>
		sealTrigger(keys.get(arrival.contactId), ids[at] ?? 0, arrival.payload)
	);
	const column = <T>(of: (arrival: Arrival) => T) => admitted.map(({ arrival }) => of(arrival));
	const keyed = admitted.flatMap(({ arrival, keys }, at) =>
		keys.map((key) => ({ arrival, key, id: ids[at] }))
	);
	// A key that is there already is the last guard: the transaction fails, rather than a person entering twice.
	await tx.query(
		`with keyed as (
			insert into enrollment_keys (contact_id, journey_id, key, enrollment_id)
			select * from unnest($9::bigint[], $10::int[], $11::text[], $12::bigint[])
		)
		insert into enrollments (id, contact_id, journey_id, version_id, state, step, arrived_at, due_at, wake, trigger, trigger_sealed, entry_event_id, last_event_id, before_event_id, lineage, entered_at)
		overriding system value
		select id, contact_id, journey_id, version_id, 'active', step, at, at, wake, '{}', trigger, event_id, event_id, before_event_id, string_to_array(lineage, e'\\x1f'), at
		from unnest($1::bigint[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::timestamptz[], $7::bytea[], $8::bigint[], $13::bigint[], $14::text[], $15::jsonb[])
			as u (id, contact_id, journey_id, version_id, step, at, trigger, event_id, before_event_id, lineage, wake)`,
		[
			ids,
			column((each) => each.contactId),
			column((each) => each.version.journeyId),
			column((each) => each.version.versionId),
			column((each) => each.trigger.step),
			column((each) => new Date(each.at)),
			payloads.map((payload) => payload.sealed),
			column((each) => each.eventId),
			keyed.map((each) => each.arrival.contactId),
			keyed.map((each) => each.arrival.version.journeyId),
			keyed.map((each) => each.key),
			keyed.map((each) => each.id),
			column((each) => (each.eventId === null ? (before.get(each.contactId) ?? 0) : null)),
			column((each) => [...each.lineage, each.version.slug].join(SEPARATOR)),
			column((each) => (each.isByTime ? START_BY_TIME : START))
		]
	);
}

const START = JSON.stringify({ kind: 'start' });
const START_BY_TIME = JSON.stringify({ kind: 'start', by: 'time' });

// Lists of different lengths can't be columns of one array, so they travel joined by a character that no slug holds.
const SEPARATOR = '\u001f';

/** The last event of each that was routed: what comes after it, at the entry's very instant, came after the entry. */
async function lastRoutedOf(tx: Tx, contactIds: number[]): Promise<Map<number, number>> {
	if (!contactIds.length) return new Map();
	const { rows } = await tx.query<{ contact_id: number; last: number }>(
		`select e.contact_id, max(e.id) as last from events e
		 where e.contact_id = any($1) and not exists (select from event_queue q where q.event_id = e.id and q.progress is null) group by 1`,
		[contactIds]
	);
	return new Map(rows.map((row) => [row.contact_id, row.last]));
}

async function reserveIds(tx: Tx, count: number): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		`select nextval(pg_get_serial_sequence('enrollments', 'id')) as id from generate_series(1, $1)`,
		[count]
	);
	return rows.map((row) => row.id);
}

/** Writes who was turned away, and counts it at the trigger. */
export async function insertRefusals(
	tx: Tx,
	refused: { arrival: Arrival; reason: string }[],
	sheet: CountSheet
): Promise<void> {
	if (!refused.length) return;
	for (const { arrival, reason } of refused)
		sheet.add(
			arrival.version.versionId,
			arrival.version.zone,
			arrival.at,
			arrival.trigger.step,
			`refused:${reason}`
		);
	await tx.query(
		`insert into refusals (journey_id, version_id, step, contact_id, at, reason)
		 select * from unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[])`,
		[
			refused.map(({ arrival }) => arrival.version.journeyId),
			refused.map(({ arrival }) => arrival.version.versionId),
			refused.map(({ arrival }) => arrival.trigger.step),
			refused.map(({ arrival }) => arrival.contactId),
			refused.map(({ arrival }) => new Date(arrival.at)),
			refused.map(({ reason }) => reason)
		]
	);
}
