/** Opens and clicks: kept as they came, judged, counted once a message, and told to the journeys as events. */
import { recordEvents } from '../ingest/record.ts';
import type { Engine } from '../app.ts';
import { inTransaction, type Tx } from '../db/db.ts';
import { BURST_MS, judgeEngagement } from './machine.ts';
import { countMessage, ZONE_OF_VERSION, type CountedMessage } from './step-counts.ts';

export interface Engagement {
	messageId: number;
	kind: 'open' | 'click';
	/** Number of the link in its template version; 0 for an open. */
	link: number;
	method: string;
	userAgent: string;
}

interface Engaged extends CountedMessage {
	contactId: number;
	journey: string;
	sentAt: number | null;
	/** Where the link leads; null for an open. */
	target: string | null;
	totals: Totals;
}

/** What a message's engagements come to; times in ms. */
interface Totals {
	openedAt: number | null;
	clickedAt: number | null;
	machineAt: number | null;
	engagements: number;
}

// A link can be asked for as often as somebody likes; so many rows tell all there is to know of one message.
const MOST_KEPT = 200;

/**
 * Records one open or click at the clock's now. Null when there is no such message or link; else where the link leads.
 */
export async function recordEngagement(
	app: Engine,
	engagement: Engagement
): Promise<{ target: string | null } | null> {
	return inTransaction(app.pool, async (tx) => {
		const message = await lockMessage(tx, engagement);
		if (!message || (engagement.kind === 'click' && message.target === null)) return null;
		if (message.totals.engagements < MOST_KEPT) await record(tx, app, engagement, message);
		return { target: message.target };
	});
}

async function record(
	tx: Tx,
	{ clock, vault }: Engine,
	engagement: Engagement,
	message: Engaged
): Promise<void> {
	const now = clock.now();
	const { machine, why } = judgeEngagement({
		method: engagement.method,
		userAgent: engagement.userAgent,
		sinceHandOverMs: message.sentAt === null ? null : now - message.sentAt,
		linksInBurst: engagement.kind === 'click' ? await linksInBurst(tx, now, engagement) : 0
	});
	await tx.query(
		'insert into engagements (message_id, kind, link, at, machine, why) values ($1, $2, $3, $4, $5, $6)',
		[
			engagement.messageId,
			engagement.kind,
			engagement.kind === 'click' ? engagement.link : null,
			new Date(now),
			machine,
			why.join(' ') || null
		]
	);
	if (why.includes('burst')) await takeBack(tx, now, engagement.messageId);
	await countDifference(tx, engagement.messageId, message);
	await recordEvents(tx, vault, [
		{
			contactId: message.contactId,
			name: engagement.kind === 'open' ? 'email.opened' : 'email.clicked',
			properties: {
				step: message.step,
				journey: message.journey,
				...(message.target === null ? {} : { link: message.target }),
				...(machine ? { machine: true } : {})
			},
			occurredAt: now,
			receivedAt: now,
			source: 'tracking'
		}
	]);
}

async function lockMessage(tx: Tx, { messageId, kind, link }: Engagement): Promise<Engaged | undefined> {
	const found = await tx.query<{
		contact_id: number;
		version_id: number;
		step: string;
		visit_at: Date;
		decided_at: Date | null;
		journey: string;
		zone: string;
		target: string | null;
		caught: boolean;
	}>(
		`select m.contact_id, m.version_id, m.step, m.visit_at, m.decided_at, j.slug as journey, ${ZONE_OF_VERSION} as zone,
			case when $2 = 'click' then t.compiled->'links'->>$3::int end as target,
			not exists (select from settings where key = 'mail') as caught
		 from messages m
		 join journey_versions v on v.id = m.version_id
		 join journeys j on j.id = v.journey_id
		 left join template_versions t on t.id = m.template_version_id
		 where m.id = $1 for update of m`,
		[messageId, kind, link]
	);
	const row = found.rows[0];
	if (!row) return undefined;
	return {
		contactId: row.contact_id,
		versionId: row.version_id,
		step: row.step,
		visitAt: row.visit_at.getTime(),
		zone: row.zone,
		journey: row.journey,
		target: row.target,
		// Caught mail lies in front of the person who reads it: quick is human there.
		sentAt: row.caught ? null : (row.decided_at?.getTime() ?? null),
		totals: await totalsOf(tx, messageId)
	};
}

async function totalsOf(tx: Tx, messageId: number): Promise<Totals> {
	const found = await tx.query<{
		opened_at: Date | null;
		clicked_at: Date | null;
		machine_at: Date | null;
		engagements: number;
	}>(
		`select min(at) filter (where kind = 'open' and not machine) as opened_at,
			min(at) filter (where kind = 'click' and not machine) as clicked_at,
			min(at) filter (where machine) as machine_at, count(*) as engagements
		 from engagements where message_id = $1`,
		[messageId]
	);
	const row = found.rows[0];
	return {
		openedAt: row?.opened_at?.getTime() ?? null,
		clickedAt: row?.clicked_at?.getTime() ?? null,
		machineAt: row?.machine_at?.getTime() ?? null,
		engagements: row?.engagements ?? 0
	};
}

async function linksInBurst(tx: Tx, now: number, { messageId, link }: Engagement): Promise<number> {
	const found = await tx.query<{ links: number }>(
		`select count(distinct link) as links from (
			select link from engagements where message_id = $1 and kind = 'click' and at > $2
			union select $3::int) asked`,
		[messageId, new Date(now - BURST_MS), link]
	);
	return found.rows[0]?.links ?? 1;
}

/** The first clicks of a burst looked human when they came. Their events stand: a journey may have acted on them. */
async function takeBack(tx: Tx, now: number, messageId: number): Promise<void> {
	await tx.query(
		`update engagements set machine = true, why = concat_ws(' ', why, 'burst')
		 where message_id = $1 and kind = 'click' and at > $2 and not machine`,
		[messageId, new Date(now - BURST_MS)]
	);
}

async function countDifference(tx: Tx, messageId: number, message: Engaged): Promise<void> {
	const before = message.totals;
	const after = await totalsOf(tx, messageId);
	await tx.query('update messages set opened_at = $2, clicked_at = $3, machine_at = $4 where id = $1', [
		messageId,
		instant(after.openedAt),
		instant(after.clickedAt),
		instant(after.machineAt)
	]);
	const change = (measured: (totals: Totals) => boolean) =>
		Number(measured(after)) - Number(measured(before));
	await countMessage(tx, message, [
		['opened', change((totals) => totals.openedAt !== null)],
		['clicked', change((totals) => totals.clickedAt !== null)],
		['engaged', change((totals) => totals.openedAt !== null || totals.clickedAt !== null)],
		['machine', change((totals) => totals.machineAt !== null)]
	]);
}

const instant = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
