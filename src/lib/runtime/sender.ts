/**
 * Hands queued messages to the mail server: claim and commit, hand over, record. A crash between hand-over and record
 * leaves `unknown`, which is held for a person and never sent again by itself.
 */
import type { App } from '$lib/server/app.ts';
import type { HandOver } from '$lib/server/mail/hand-over.ts';
import { openTextTransport, type TextTransport } from '$lib/server/mail/text-transport.ts';
import { openTransport, type MailTransport } from '$lib/server/mail/transport.ts';
import { meters } from '$lib/server/meters.ts';
import { tripBreaker } from './breaker-trip.ts';
import { enqueueSend } from './door.ts';
import { sendNotices } from './notice-sender.ts';
import { keepTrying, type Patience } from './keep-trying.ts';
import {
	claimMessages,
	ClaimInDoubtError,
	LEASE_MS,
	type ClaimedMessages,
	type Outgoing
} from './send-claim.ts';
import { recordHandOvers, type Result } from './send-record.ts';

const BATCH = 100;
const AT_ONCE = 5;

/**
 * Sends until nothing is queued; returns how many messages were handed over, refused or put off. `open` gives the way out;
 * the one that the settings say, unless a rehearsal brings its own. Where `isWatched` is false the breaker does not act.
 * `onFull` is called once, as soon as there is more than a batch: another sender finds work too.
 */
export async function sendQueued(
	app: App,
	shouldStop: () => boolean = () => false,
	open: (app: App) => Promise<MailTransport> = openTransport,
	isWatched = true,
	openTexts: (app: App) => Promise<TextTransport> = openTextTransport,
	onFull: () => Promise<void> = async () => {}
): Promise<number> {
	await holdLost(app);
	const texts = await openTexts(app);
	const transport = await open(app);
	let total = 0;
	try {
		while (!shouldStop()) {
			// Half of the lease stays for what was begun, and for clocks that differ: another sender would take us for dead.
			const patience = { until: app.clock.now() + LEASE_MS / 2, shouldStop };
			const { outgoing, looked, isMore } = await claim(app, isWatched, patience, async (claimed) => {
				if (claimed.isMore && !total) await onFull();
				for (const verdict of claimed.broken) await tripBreaker(app, verdict);
			});
			if (outgoing.length)
				await record(app, patience, await handOverAll(app, { transport, texts }, outgoing, patience));
			total += looked;
			if (!isMore) break;
		}
		total += await sendNotices(app, transport, shouldStop);
	} finally {
		transport.close();
	}
	await scheduleDeferred(app);
	return total;
}

/** Claims, and does `then` before anything is begun. Where that fails, what is or may be claimed goes back. */
async function claim(
	app: App,
	isWatched: boolean,
	patience: Patience,
	then: (claimed: ClaimedMessages) => Promise<void>
): Promise<ClaimedMessages> {
	let outgoing: Outgoing[] = [];
	try {
		const claimed = await claimMessages(app, BATCH, isWatched);
		({ outgoing } = claimed);
		await then(claimed);
		return claimed;
	} catch (error) {
		if (error instanceof ClaimInDoubtError) ({ outgoing } = error);
		if (outgoing.length) await record(app, patience, outgoing.map(putOff));
		throw error;
	}
}

// What is not recorded becomes `unknown` and waits for a person.
async function record(app: App, patience: Patience, results: Result[]): Promise<void> {
	await keepTrying(app, patience, () => recordHandOvers(app, results));
	for (const { outcome } of results) meters().handOvers[outcome]++;
}

interface Ways {
	transport: MailTransport;
	texts: TextTransport;
}

async function handOverAll(
	app: App,
	ways: Ways,
	outgoing: Outgoing[],
	{ until, shouldStop }: Patience
): Promise<Result[]> {
	const results: Result[] = [];
	const rest = [...outgoing];
	const mayBegin = () => app.clock.now() < until && !shouldStop();
	const worker = async () => {
		for (let next = rest.shift(); next; next = rest.shift())
			results.push(mayBegin() ? await handOver(app, ways, next) : putOff(next));
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
	return results;
}

// A slow server, or we are about to end: what is not begun goes back before its lease ends.
function putOff(outgoing: Outgoing): Result {
	return { outgoing, outcome: 'deferred', reason: null, response: 'not begun in time', isBegun: false };
}

async function handOver(app: App, ways: Ways, outgoing: Outgoing): Promise<Result> {
	const send = sendingOf(ways, outgoing);
	if (!send)
		return {
			outgoing,
			outcome: 'failed',
			reason: 'template',
			response: 'The template could not be merged for this contact.'
		};
	const done = await sendOne(send);
	if (done.outcome === 'unknown')
		app.log.error({ message: outgoing.id, response: done.response }, 'hand-over without an answer');
	return { outgoing, outcome: done.outcome, reason: done.reason ?? null, response: done.response };
}

function sendingOf(ways: Ways, { mail, text }: Outgoing): (() => Promise<HandOver>) | null {
	if (text) return () => ways.texts.send(text);
	return mail && (() => ways.transport.send(mail));
}

// A transport answers and never throws; if a bug of ours makes it, nobody can tell how far the mail came.
async function sendOne(send: () => Promise<HandOver>): Promise<HandOver> {
	try {
		return await send();
	} catch (error) {
		return { outcome: 'unknown', response: `internal error (${(error as Error).name})` };
	}
}

// A message still `sending` after its lease belongs to a sender that died: nobody can tell whether the server took it.
async function holdLost(app: App): Promise<void> {
	const { rows } = await app.pool.query<{ id: number }>(
		`with lost as (
			update messages set state = 'unknown', reason = 'sender-died', lease_until = null, decided_at = $1 where state = 'sending' and lease_until < $1 returning id
		), noted as (
			update message_attempts a set outcome = 'unknown', ended_at = $1 from lost where a.message_id = lost.id and a.ended_at is null
		)
		select id from lost`,
		[new Date(app.clock.now())]
	);
	if (rows.length)
		app.log.error(
			{ messages: rows.map((row) => row.id) },
			'a sender died while handing over; held for a person'
		);
}

async function scheduleDeferred(app: App): Promise<void> {
	const { rows } = await app.pool.query<{ next: Date | null }>(
		`select min(not_before) as next from messages where state = 'queued' and not_before > $1`,
		[new Date(app.clock.now())]
	);
	const next = rows[0]?.next;
	if (next) await enqueueSend(app.pool, next.getTime());
}
