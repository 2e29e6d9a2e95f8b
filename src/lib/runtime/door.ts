/**
 * The one door through which the rest of Stepwell sets the runtime going. Every call may be made inside a transaction:
 * the job appears with the commit, or not at all. Payloads are ids, never anything about a person.
 *
 * graphile-worker carries batches, not contacts: a job key makes a second request while one waits the same request.
 */
import type { Db } from '$lib/server/db/db.ts';

/** Moves due enrollments. `at` (ms since 1970) schedules a wake-up under the timer's own key; without it: now. */
export async function enqueuePump(db: Db, at?: number): Promise<void> {
	await addJob(db, 'pump', at === undefined ? 'pump' : 'pump:timer', {}, at);
}

/** Asks one more lane to help, in whichever process is free: the `nth` after the first. */
export async function invitePump(db: Db, nth: number): Promise<void> {
	await addJob(db, 'pump', `pump:${nth}`);
}

/** The same for senders. */
export async function inviteSend(db: Db, nth: number): Promise<void> {
	await addJob(db, 'send', `send:${nth}`);
}

/** Routes the events in the queue to waits, goals and triggers. */
export async function enqueueRoute(db: Db): Promise<void> {
	await addJob(db, 'route', 'route');
}

/** Hands queued messages to the mail server. `at`: when the next deferred one may be tried again. */
export async function enqueueSend(db: Db, at?: number): Promise<void> {
	await addJob(db, 'send', at === undefined ? 'send' : 'send:timer', {}, at);
}

/** Makes the calls of other systems that wait in the outbox. `at`: when the next one may be tried again. */
export async function enqueueCall(db: Db, at?: number): Promise<void> {
	await addJob(db, 'call', at === undefined ? 'call' : 'call:timer', {}, at);
}

/** Has the breaker look at every journey: a bounce, a complaint or a no came in. */
export async function enqueueWatch(db: Db): Promise<void> {
	await addJob(db, 'watch', 'watch');
}

/** Tells a journey's owner that the breaker paused it. */
export async function enqueueTellOwner(db: Db, journeyId: number): Promise<void> {
	await addJob(db, 'tell-owner', `tell-owner:${journeyId}`, { version: 1, journeyId });
}

/** Plans the entries by date of a journey just published, for all contacts. */
export async function enqueuePlanEntries(db: Db, journeyId: number): Promise<void> {
	await addJob(db, 'plan', `plan:${journeyId}`, { version: 1, journeyId });
}

/** Admits the people whose planned entry is due. */
export async function enqueueAdmit(db: Db, at?: number): Promise<void> {
	await addJob(db, 'admit', at === undefined ? 'admit' : 'admit:timer', {}, at);
}

/**
 * Looks anew at contacts who came or changed: their entries by date, their waits on a date, the segments that they are in. Ids
 * are the inner ones; `keys` the attributes that changed, where nothing else did.
 */
export async function replanContacts(
	db: Db,
	contactIds: readonly number[],
	keys: readonly string[] | null = null
): Promise<void> {
	if (!contactIds.length) return;
	const { rows } = await db.query<{ any: boolean }>(
		`select exists (select 1 from journeys j join journey_versions v on v.id = j.live_version_id
		 where v.plan @? '$.triggers[*] ? (@.kind == "trigger.time" || @.kind == "trigger.segment")') as any`
	);
	if (!rows[0]?.any) return;
	await db.query(
		`select graphile_worker.add_job('plan-contacts', json_strip_nulls(json_build_object('version', 1, 'contactIds', $1::bigint[], 'keys', $2::text[])))`,
		[contactIds, keys]
	);
}

async function addJob(db: Db, task: string, key: string, payload: object = {}, at?: number): Promise<void> {
	await db.query(`select graphile_worker.add_job($1, $2::json, run_at => $3, job_key => $4)`, [
		task,
		JSON.stringify(payload),
		at === undefined ? null : new Date(at),
		key
	]);
}
