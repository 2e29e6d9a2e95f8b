/** Who entered or left a watched segment: asked at a contact's events and changes, and of those segments alone that read them (§4). */
import { evaluate, isTouched, type Change, type PlanTrigger, type World } from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import type { Db, Tx } from '$lib/server/db/db.ts';
import { loadFacts, type Facts } from './facts.ts';
import type { LiveJourney } from './plans.ts';
import type { WatchedSegment, Watching } from './segments.ts';

/** One contact's step over a segment's border. */
export interface Crossing {
	segment: string;
	on: 'enter' | 'leave';
}

export interface Membership {
	watching: Watching;
	/** What the last evaluation found, by contact; asking changes it. */
	members: Map<number, Set<string>>;
	crossings: (Crossing & { contactId: number })[];
}

/** What the watched segments found last about these contacts, who are locked. */
export async function loadMembership(
	tx: Tx,
	watching: Watching,
	contactIds: readonly number[]
): Promise<Membership> {
	const members = await membersOf(
		tx,
		contactIds,
		watching.watched.map(({ slug }) => slug)
	);
	return { watching, members, crossings: [] };
}

async function membersOf(
	db: Db,
	contactIds: readonly number[],
	segments: string[]
): Promise<Map<number, Set<string>>> {
	const { rows } = await db.query<{ contact_id: number; segments: string[] }>(
		`select contact_id, array_agg(segment) as segments from segment_members
		 where contact_id = any($1) and segment = any($2) group by 1`,
		[contactIds, segments]
	);
	const found = new Map(rows.map((row) => [row.contact_id, new Set(row.segments)]));
	return new Map(contactIds.map((id) => [id, found.get(id) ?? new Set<string>()]));
}

/** The facts that the watched segments read of these contacts. */
export function loadSegmentFacts(
	db: Db,
	{ vault }: Pick<Store, 'vault'>,
	{ plan }: Pick<Watching, 'plan'>,
	contactIds: readonly number[],
	now: number
): Promise<Facts> {
	const questions = contactIds.map((contactId) => ({
		contactId,
		enrollmentId: null,
		email: null,
		plan,
		for: 'conditions' as const
	}));
	return loadFacts(db, vault, questions, now);
}

/** Asks what a change can matter to, and gives what the contact entered and left by it, as of `now` (ms). */
export function ask(
	{ watching, members, crossings }: Membership,
	contactId: number,
	world: World,
	change: Change,
	now: number
): Crossing[] {
	const own = members.get(contactId);
	if (!own) return [];
	const crossed: Crossing[] = [];
	for (const segment of watching.watched) {
		if (contactId > segment.builtUpTo || !isTouched(segment.reads, change)) continue;
		const is = isIn(watching, segment, world, now);
		if (is === own.has(segment.slug)) continue;
		if (is) own.add(segment.slug);
		else own.delete(segment.slug);
		crossed.push({ segment: segment.slug, on: is ? 'enter' : 'leave' });
	}
	crossings.push(...crossed.map((crossing) => ({ ...crossing, contactId })));
	return crossed;
}

/** Whether a contact is in a segment as of `now` (ms). */
export function isIn(
	{ attributeTypes }: Pick<Watching, 'attributeTypes'>,
	{ slug }: Pick<WatchedSegment, 'slug'>,
	world: World,
	now: number
): boolean {
	const { segments, contact, consents } = world;
	if (!segments) return false;
	const { events, messages, zone } = segments;
	const facts = { contact, zone, attributeTypes, trigger: {}, events, messages, consents, segments };
	return evaluate({ segment: slug }, facts, now);
}

/** Writes what asking found. Whoever crossed a border twice stands where the last crossing led. */
export async function writeMembership(db: Db, { crossings }: Membership): Promise<void> {
	if (!crossings.length) return;
	const last = new Map(crossings.map((each) => [`${each.contactId} ${each.segment}`, each]));
	const all = [...last.values()];
	await writeMembers(
		db,
		all.filter(({ on }) => on === 'enter'),
		all.filter(({ on }) => on === 'leave')
	);
}

interface Member {
	segment: string;
	contactId: number;
}

/** Takes people into segments and out of them. */
export async function writeMembers(
	db: Db,
	entered: readonly Member[],
	left: readonly Member[]
): Promise<void> {
	const columns = (members: readonly Member[]) => [
		members.map(({ segment }) => segment),
		members.map(({ contactId }) => contactId)
	];
	if (entered.length)
		await db.query(
			`insert into segment_members (segment, contact_id) select * from unnest($1::text[], $2::bigint[])
			 on conflict do nothing`,
			columns(entered)
		);
	if (left.length)
		await db.query(
			`delete from segment_members m using unnest($1::text[], $2::bigint[]) as u (segment, contact_id)
			 where m.segment = u.segment and m.contact_id = u.contact_id`,
			columns(left)
		);
}

/** The triggers that watch one of these crossings, in the language's order: by journey, then as they are drawn. */
export function doorsFor(
	live: readonly LiveJourney[],
	crossings: readonly Crossing[]
): { journey: LiveJourney; trigger: PlanTrigger; crossing: Crossing }[] {
	return live.flatMap((journey) =>
		journey.plan.triggers.flatMap((trigger) =>
			crossings.flatMap((crossing) => (watches(trigger, crossing) ? [{ journey, trigger, crossing }] : []))
		)
	);
}

/** Whether a trigger lets in whoever crosses so. */
export function watches(trigger: PlanTrigger, { segment, on }: Crossing): boolean {
	if (trigger.kind !== 'trigger.segment' || trigger.disabled) return false;
	return trigger.config.segment === segment && trigger.config.on === on;
}
