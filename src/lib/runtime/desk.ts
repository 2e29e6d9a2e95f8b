/** What the router has before it: events, the people they are about, and what these wait for. Everything here is decided in memory. */
import {
	afterEvent,
	entryKey,
	matchesTrigger,
	type Change,
	type Plan,
	type World
} from '$lib/journey/index.ts';
import type { Store } from '$lib/server/app.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { endsWait } from './approvals.ts';
import type { Arrival } from './entry.ts';
import { canChange, doorsOf, type EventDoor, type Progress } from './event-doors.ts';
import { loadFacts, worldOf, type FactQuestion, type Facts } from './facts.ts';
import {
	loadInside,
	loadWaits,
	loadWhoIsInside,
	lockContacts,
	type Inside,
	type LockedContact,
	type Wait
} from './inside.ts';
import { ask, loadMembership, type Crossing, type Membership } from './membership.ts';
import {
	enteringEvents,
	hasRules,
	loadLiveJourneys,
	loadPausedJourneys,
	loadPlans,
	type LiveJourney,
	type VersionPlan
} from './plans.ts';
import type { QueuedEvent } from './queued-events.ts';
import { EVENT_UNREADABLE, PERSON_UNREADABLE, Unwritable } from './row-fault.ts';
import { loadWatching, type Watching } from './segments.ts';
import { loadWorkspaceFacts, type WorkspaceFacts } from './workspace.ts';

export interface Desk {
	now: number;
	/** Null for one who can't be read. */
	contacts: Map<number, LockedContact | null>;
	live: LiveJourney[];
	paused: LiveJourney[];
	/** "contact journey" of who is inside a paused journey, or held at its door. */
	insidePaused: Set<string>;
	plans: Map<number, VersionPlan>;
	inside: Inside[];
	waits: Wait[];
	facts: Facts;
	workspace: WorkspaceFacts;
	arrivals: Arrival[];
	ended: { inside: Inside; state: 'exited' | 'converted'; event: QueuedEvent }[];
	woken: { wait: Wait; event: QueuedEvent }[];
	held: { event: QueuedEvent; journeyId: number }[];
	/** Null where no trigger watches a segment. */
	membership: Membership | null;
	/** Events that wait at the next door until what they set going has come to rest. */
	stopped: { event: QueuedEvent; progress: Progress }[];
}

/** Locks the contacts of `events` and reads all that routing them asks. `now` in ms since 1970. */
export async function openDesk(
	tx: Tx,
	{ pool, vault }: Store,
	events: QueuedEvent[],
	now: number
): Promise<Desk> {
	const contacts = await lockContacts(
		tx,
		vault,
		events.map((event) => event.contactId)
	);
	const ids = [...contacts.keys()];
	const live = await loadLiveJourneys(tx, pool);
	const paused = await loadPausedJourneys(tx, pool);
	const waits = await loadWaits(
		tx,
		vault,
		ids,
		events.map((event) => event.name)
	);
	const running = await loadInside(tx, vault, ids);
	const plans = await loadPlans(
		tx,
		pool,
		[...waits, ...running].map((each) => each.versionId)
	);
	const inside = running.filter((each) => hasRules(planOf(plans, each.versionId)));
	const watching = await loadWatching(tx, [...live, ...paused]);
	return {
		now,
		contacts,
		live,
		paused,
		plans,
		inside,
		waits,
		insidePaused: await loadWhoIsInside(
			tx,
			ids,
			paused.map((journey) => journey.journeyId)
		),
		facts: await loadFacts(tx, vault, questions(contacts, live, plans, inside, watching), now),
		workspace: await loadWorkspaceFacts(tx),
		arrivals: [],
		ended: [],
		woken: [],
		held: [],
		membership: watching && (await loadMembership(tx, watching, ids)),
		stopped: []
	};
}

function questions(
	contacts: Desk['contacts'],
	live: LiveJourney[],
	plans: Map<number, VersionPlan>,
	inside: Inside[],
	watching: Watching | null
): FactQuestion[] {
	const doors = live.filter((journey) => journey.plan.triggers.some(hasCondition));
	const atDoors = [...contacts.keys()].flatMap((contactId) =>
		doors.map(({ plan }) => ({ contactId, enrollmentId: null, plan }))
	);
	const asInside = inside.map((each) => ({
		contactId: each.contactId,
		enrollmentId: each.enrollmentId,
		plan: planOf(plans, each.versionId)
	}));
	const ofSegments = watching
		? [...contacts.keys()].map((contactId) => ({ contactId, enrollmentId: null, plan: watching.plan }))
		: [];
	return [...asInside, ...atDoors, ...ofSegments].map((each) => ({
		...each,
		email: null,
		for: 'conditions'
	}));
}

function hasCondition(trigger: Plan['triggers'][number]): boolean {
	return 'where' in trigger.config && trigger.config.where !== undefined;
}

function planOf(plans: Map<number, VersionPlan>, versionId: number): Plan {
	return versionOf(plans, versionId).plan;
}

export function versionOf(plans: Map<number, VersionPlan>, versionId: number): VersionPlan {
	const version = plans.get(versionId);
	if (!version) throw new Error(`Version ${versionId} was not loaded.`);
	return version;
}

/** When what `event` sets going happens: one held by a pause counts when the journey goes on, one set aside when it is tried again. */
export function instantOf(event: QueuedEvent, now: number): number {
	return event.heldFor === null && !event.isRetried ? event.receivedAt : now;
}

/** Routes one event by the order of §5.10; returns whether it set anything going, so that the contact's next one must wait. */
export function routeOne(desk: Desk, event: QueuedEvent): boolean {
	const contact = desk.contacts.get(event.contactId);
	if (contact === undefined) return false; // The contact was deleted meanwhile; its events go nowhere.
	if (contact === null || event.unreadable)
		throw new Unwritable(`Event ${event.id} can't be read.`, {
			code: contact === null ? PERSON_UNREADABLE : EVENT_UNREADABLE
		});
	const before = desk.ended.length + desk.arrivals.length;
	const woken = desk.woken.length;
	let { progress } = event;
	if (!progress) {
		progress = { after: null, crossings: crossingsOf(desk, event, contact) };
		endByEvent(desk, event, contact);
		wakeByEvent(desk, event, contact);
		holdForPaused(desk, event);
	}
	const movers = desk.woken.slice(woken).map(({ wait }) => versionOf(desk.plans, wait.versionId));
	enterByEvent(desk, event, contact, progress, movers);
	return desk.ended.length + desk.woken.length + desk.arrivals.length > before + woken;
}

/**
 * What the event made the contact enter and leave; one that a pause held was asked when it came. One that was set aside asks who
 * they are by now, with whatever came after it: the segments have gone on.
 */
function crossingsOf({ membership, ...desk }: Desk, event: QueuedEvent, contact: LockedContact): Crossing[] {
	if (!membership || event.heldFor !== null) return [];
	const world = event.isRetried
		? worldOf(desk.facts, contact.fact, contact.id, null, desk.workspace)
		: worldAt({ ...desk, membership }, event, contact, null);
	const change: Change = { kind: 'event', name: event.name };
	return ask(membership, contact.id, world, change, instantOf(event, desk.now));
}

function concerns(event: QueuedEvent, journeyId: number): boolean {
	return event.heldFor === null || event.heldFor === journeyId;
}

// Facts are read for all events at once; one must not see what came after it.
function worldAt(desk: Desk, event: QueuedEvent, contact: LockedContact, enrollmentId: number | null): World {
	const world = worldOf(desk.facts, contact.fact, contact.id, enrollmentId, desk.workspace);
	const upTo = (events: World['events']) => events.filter((each) => each.id <= event.id);
	const { segments } = world;
	return {
		...world,
		events: upTo(world.events),
		...(segments ? { segments: { ...segments, events: upTo(segments.events) } } : {})
	};
}

function endByEvent(desk: Desk, event: QueuedEvent, contact: LockedContact): void {
	for (const inside of desk.inside) {
		if (inside.contactId !== event.contactId || inside.ended || !inside.state.standing) continue;
		if (!concerns(event, inside.journeyId)) continue;
		const plan = planOf(desk.plans, inside.versionId);
		const world = worldAt(desk, event, contact, inside.enrollmentId);
		const end = afterEvent(plan, event, world, inside.state, instantOf(event, desk.now));
		if (!end) continue;
		inside.ended = true;
		desk.ended.push({ inside, state: end.state, event });
	}
}

function wakeByEvent(desk: Desk, event: QueuedEvent, contact: LockedContact): void {
	const endedIds = new Set(desk.ended.map((each) => each.inside.enrollmentId));
	for (const wait of desk.waits) {
		if (wait.contactId !== event.contactId || wait.event !== event.name || wait.taken) continue;
		if (endedIds.has(wait.enrollmentId) || event.id <= wait.afterEventId) continue;
		if (!concerns(event, wait.journeyId)) continue;
		const open = { ...wait, zone: contact.fact.timezone };
		if (!endsWait(planOf(desk.plans, wait.versionId), open, event)) continue;
		wait.taken = true;
		desk.woken.push({ wait, event });
	}
}

// One door after the other. Where what is on its way can change the next one's answer, the event waits there until it came to
// rest; `movers` are the versions on which it set somebody going so far.
function enterByEvent(
	desk: Desk,
	event: QueuedEvent,
	contact: LockedContact,
	progress: Progress,
	movers: VersionPlan[]
): void {
	const live = desk.live.filter(({ journeyId }) => concerns(event, journeyId));
	const isWatched = desk.membership !== null;
	let { after } = progress;
	for (const door of doorsOf(live, event.name, progress)) {
		if (movers.some((mover) => canChange(mover, door, isWatched))) {
			desk.stopped.push({ event, progress: { ...progress, after } });
			return;
		}
		after = { slug: door.journey.slug, index: door.index };
		const arrival = arrivalAt(desk, event, contact, door);
		if (!arrival) continue;
		desk.arrivals.push(arrival);
		movers.push(door.journey);
	}
}

function arrivalAt(
	desk: Desk,
	event: QueuedEvent,
	contact: LockedContact,
	{ journey, trigger, crossing }: EventDoor
): Arrival | null {
	const at = instantOf(event, desk.now);
	const common = {
		version: journey,
		trigger,
		contactId: contact.id,
		zone: contact.fact.timezone ?? journey.zone,
		at,
		cause: `event:${event.id}`,
		lineage: []
	};
	if (crossing) return { ...common, key: null, payload: {}, eventId: null };
	const world = worldAt(desk, event, contact, null);
	if (!matchesTrigger(journey.plan, trigger, event, world, at)) return null;
	const key = entryKey(trigger, event);
	if (key === 'missing') return null;
	return { ...common, key: key?.key ?? null, payload: event.properties, eventId: event.id };
}

// "Events are kept, and count when it resumes" (§5.5): those that could let somebody in, or are about somebody inside.
function holdForPaused(desk: Desk, event: QueuedEvent): void {
	if (event.heldFor !== null) return;
	for (const { journeyId, plan } of desk.paused) {
		const place = `${event.contactId} ${journeyId}`;
		if (!desk.insidePaused.has(place) && !enteringEvents(plan).includes(event.name)) continue;
		desk.insidePaused.add(place);
		desk.held.push({ event, journeyId });
	}
}
