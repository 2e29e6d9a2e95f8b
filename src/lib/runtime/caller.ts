/**
 * Makes the calls that wait in the outbox: claim and commit, call outside of any transaction, record. A crash in between
 * leaves a lease that runs out, and the call is tried again with the same key: the other side may have it twice, the
 * enrollment moves once.
 */
import type { App } from '$lib/server/app.ts';
import type { CallResult } from '$lib/server/webhooks/call.ts';
import { openCaller, type Caller } from '$lib/server/webhooks/caller.ts';
import { claimCall, LEASE_MS, type OutgoingCall } from './call-claim.ts';
import { MOST_TRIES, recordCall } from './call-record.ts';
import { enqueueCall } from './door.ts';
import { keepTrying } from './keep-trying.ts';

const AT_ONCE = 16;
/** Of one step: a system that answers slowly must not keep the others waiting. */
const OF_ONE_STEP = 8;

/**
 * Calls until nothing is due; returns how many tries were made. `open` gives the way out; the one that the settings say, unless
 * a rehearsal or a test brings its own.
 */
export async function callQueued(
	app: App,
	shouldStop: () => boolean = () => false,
	open: (app: App) => Promise<Caller> = openCaller
): Promise<number> {
	const caller = await open(app);
	const underWay = new Map<string, { versionId: number; step: string; count: number }>();
	let total = 0;
	const lane = async (onFound: () => void) => {
		while (!shouldStop()) {
			const busy = [...underWay.values()].filter(({ count }) => count >= OF_ONE_STEP);
			const patience = { until: app.clock.now() + LEASE_MS / 2, shouldStop };
			const call = await claimCall(app, busy);
			if (!call) return;
			total++;
			onFound();
			const place = `${call.versionId} ${call.step}`;
			const own = underWay.get(place) ?? { versionId: call.versionId, step: call.step, count: 0 };
			underWay.set(place, own);
			own.count++;
			try {
				const result = await tryOnce(app, caller, call);
				await keepTrying(app, patience, () => recordCall(app, call, result));
			} finally {
				own.count--;
			}
		}
	};
	await inLanes(AT_ONCE, lane);
	await scheduleNext(app);
	return total;
}

/** Opens one lane more, up to `most`, whenever one found work; ends when all have. */
async function inLanes(most: number, lane: (onFound: () => void) => Promise<void>): Promise<void> {
	const open = new Set<Promise<void>>();
	const faults: unknown[] = [];
	const openOne = () => {
		if (open.size >= most) return;
		const running = lane(openOne)
			.catch((error: unknown) => void faults.push(error))
			.finally(() => open.delete(running));
		open.add(running);
	};
	openOne();
	while (open.size) await Promise.race(open);
	if (faults.length) throw faults[0];
}

// A caller answers and never throws; if a bug of ours makes it, the person's data must not reach a log with it.
async function tryOnce(app: App, caller: Caller, call: OutgoingCall): Promise<CallResult> {
	if (call.attempt > MOST_TRIES) return { outcome: 'failed', fault: 'worker-died' };
	if (!call.request) return { outcome: 'failed', fault: 'unreadable' };
	try {
		return await caller.call({ ...call, request: call.request });
	} catch (error) {
		app.log.error({ call: call.id, error: (error as Error).name }, 'a call failed by a bug of ours');
		return { outcome: 'failed', fault: 'request-invalid' };
	}
}

const NEXT = `select min(case c.state when 'queued' then coalesce(c.not_before, $1) else c.lease_until end) as next
	from webhook_calls c join enrollments e on e.id = c.enrollment_id join journeys j on j.id = e.journey_id
	where c.state in ('queued', 'sending') and j.state = 'live'`;

async function scheduleNext(app: App): Promise<void> {
	const now = app.clock.now();
	const { rows } = await app.pool.query<{ next: Date | null }>(NEXT, [new Date(now)]);
	const next = rows[0]?.next;
	if (next) await enqueueCall(app.pool, next.getTime());
}
