/** What the breaker counts of a journey: its last thousand messages, and those of a day. */
import type { Db, Tx } from '$lib/server/db/db.ts';
import type { Trip } from '$lib/text/breaker.ts';
import type { BreakerLimits } from './breaker-limits.ts';
import { BY_HAND } from './entry.ts';

const WINDOW = 1_000;
// One bounce of two says nothing. A complaint is rarer, and three of any number are no accident.
const ENOUGH_MESSAGES = 100;
const ENOUGH_COMPLAINTS = 3;
const DAY_HOURS = 24;
const TIMES_EXPECTED = 3;

interface Row {
	total: number;
	bounces: number;
	complaints: number;
	unsubscribes: number;
	sent_in_a_day: number;
	expected_per_day: number;
	/** Null while the resume that gave it is over a day old. */
	allowance: number | null;
	counts_from: string | null;
}

/** What counts for one journey since it was last resumed. */
export interface Measures extends Omit<Row, 'counts_from'> {
	/** Says which period this is; null for the first. */
	period: string | null;
}

// Versions are few, and of each the newest thousand are read by the index. A refusal at the door is a bounce that came at once.
const MEASURE = `select count(w.state)::int as total,
		(count(*) filter (where w.bounced_at is not null or w.state = 'failed'))::int as bounces,
		(count(w.complained_at))::int as complaints, (count(w.unsubscribed_at))::int as unsubscribes,
		coalesce((select sum(h.sent) from sending_hours h where h.journey_id = $1 and h.hour > $2), 0)::int as sent_in_a_day,
		coalesce(max(b.expected_per_day), 0) as expected_per_day,
		max(b.allowance) filter (where b.resumed_at > $2) as allowance,
		max(b.counts_from)::text as counts_from
	from (select 1) one
	left join breakers b on b.journey_id = $1
	left join lateral (
		select m.* from journey_versions v cross join lateral (
			select state, decided_at, bounced_at, complained_at, unsubscribed_at from messages
			where version_id = v.id and state in ('sent', 'failed', 'unknown') and (state <> 'failed' or reason = 'refused')
				and decided_at > coalesce(b.counts_from, '-infinity')
			order by decided_at desc limit ${WINDOW}
		) m where v.journey_id = $1 order by m.decided_at desc limit ${WINDOW}
	) w on true`;

/** `now` in ms since 1970. */
export async function measure(db: Db, journeyId: number, now: number): Promise<Measures> {
	const { rows } = await db.query<Row>(MEASURE, [journeyId, new Date(now - DAY_HOURS * 3_600_000)]);
	const [row] = rows;
	if (!row) throw new Error('An aggregate gave no row.');
	const { counts_from, ...measures } = row;
	return { ...measures, period: counts_from };
}

/** Why the journey must not send `more` messages now; null where it may. */
export function judge(measures: Measures, limits: BreakerLimits, more = 0): Trip | null {
	return judgeRate(measures, limits, more) ?? judgeShares(measures, limits);
}

function judgeRate(measures: Measures, limits: BreakerLimits, more: number): Trip | null {
	const counted = measures.sent_in_a_day + more;
	const usual = Math.max(TIMES_EXPECTED * measures.expected_per_day, limits.freePerDay);
	const allowed = usual + (measures.allowance ?? 0);
	return counted > allowed ? { reason: 'rate', counted, total: null, allowed } : null;
}

function judgeShares(measures: Measures, limits: BreakerLimits): Trip | null {
	const { total } = measures;
	for (const reason of ['complaints', 'bounces', 'unsubscribes'] as const) {
		const counted = measures[reason];
		const isEnough = reason === 'complaints' ? counted >= ENOUGH_COMPLAINTS : total >= ENOUGH_MESSAGES;
		const allowed = Math.round(limits[reason] * 100);
		if (isEnough && counted * 10_000 > allowed * total) return { reason, counted, total, allowed };
	}
	return null;
}

/** A message with whose passage it is of. */
interface OfPassage {
	enrollmentId: number;
	contactId: number;
	journeyId: number;
}

/**
 * Those of `messages` that count towards the rate: not of people whom somebody let in by hand. A person chose them and saw how
 * many they are, so they are expected, today or after a wait of weeks; the bounds of a passage and the shares hold for them too.
 */
export async function withoutChosen<M extends OfPassage>(db: Db, messages: readonly M[]): Promise<M[]> {
	const { rows } = await db.query<{ id: number }>(
		`select distinct k.enrollment_id as id from unnest($1::bigint[], $2::int[]) as u (contact_id, journey_id)
		 join enrollment_keys k on k.contact_id = u.contact_id and k.journey_id = u.journey_id and starts_with(k.key, $3)`,
		[messages.map((each) => each.contactId), messages.map((each) => each.journeyId), BY_HAND]
	);
	const chosen = new Set(rows.map((row) => row.id));
	return messages.filter((each) => !chosen.has(each.enrollmentId));
}

/**
 * Adds messages handed over to their journeys' hour, those that count. In order, so that two senders wait for each other and
 * don't lock up.
 */
export async function noteSent(tx: Tx, messages: readonly OfPassage[], now: number): Promise<void> {
	if (!messages.length) return;
	const journeyIds = (await withoutChosen(tx, messages)).map((message) => message.journeyId);
	if (!journeyIds.length) return;
	await tx.query(
		`insert into sending_hours as h (journey_id, hour, sent)
		 select id, date_trunc('hour', $2::timestamptz, 'UTC'), count(*) from unnest($1::int[]) as id group by id order by id
		 on conflict (journey_id, hour) do update set sent = h.sent + excluded.sent`,
		[journeyIds, new Date(now)]
	);
}

/** Lets go of hours that no day holds any more. */
export async function forgetSendingHours(db: Db, now: number): Promise<void> {
	await db.query('delete from sending_hours where hour < $1', [new Date(now - 2 * DAY_HOURS * 3_600_000)]);
}
