/**
 * The bounds that a publish promised for one passage, held against what it made. A message over one means that something
 * is wrong that nobody thought of, so it is not handed over and the journey stops.
 */
import { toLocal, type Plan } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import type { Trip } from '$lib/text/breaker.ts';

const DAY_MS = 86_400_000;
const MONTH_DAYS = 30;

/** A message about to be handed over. */
export interface Promised {
	id: number;
	enrollmentId: number;
	versionId: number;
	step: string;
	arrival: number;
	/** Ms since 1970. */
	visitAt: number;
	plan: Plan;
	/** The contact's zone, else the journey's. */
	zone: string;
}

interface Made {
	enrollment_id: number;
	version_id: number;
	id: number;
	visit_at: Date;
	/** The contact was changed meanwhile, and may live in another zone now. */
	changed: boolean;
}

/** The messages that would pass a bound, each with the bound. One query over the messages of their enrollments. */
export async function overBounds(tx: Tx, messages: readonly Promised[]): Promise<Map<number, Trip>> {
	const over = new Map<number, Trip>();
	if (!messages.length) return over;
	const madeBy = Map.groupBy(
		await madeIn(tx, messages),
		(made) => `${made.enrollment_id} ${made.version_id}`
	);
	for (const message of messages) {
		const made = madeBy.get(`${message.enrollmentId} ${message.versionId}`) ?? [];
		const trip = overVisits(message) ?? overVolume(message, made);
		if (trip) over.set(message.id, trip);
	}
	return over;
}

async function madeIn(tx: Tx, messages: readonly Promised[]): Promise<Made[]> {
	const { rows } = await tx.query<Made>(
		`select k.enrollment_id, m.version_id, m.id, m.visit_at, c.updated_at > m.visit_at as changed
		 from message_keys k join messages m on m.id = k.message_id join contacts c on c.id = m.contact_id
		 where k.enrollment_id = any($1)`,
		[[...new Set(messages.map((message) => message.enrollmentId))]]
	);
	return rows;
}

function overVisits({ plan, step, arrival }: Promised): Trip | null {
	const allowed = plan.steps[step]?.maxVisits ?? 0;
	return arrival > allowed ? { reason: 'visits-bound', counted: arrival, total: null, allowed } : null;
}

// Those made up to this one count, blocked ones too: so does the promise. A contact whose zone changed is counted anew from
// then on, which at most joins two days into one.
function overVolume(message: Promised, made: readonly Made[]): Trip | null {
	const { volume } = message.plan;
	if (!volume) return null;
	const dayOf = (at: number) => Math.floor(toLocal(message.zone, at) / DAY_MS);
	const today = dayOf(message.visitAt);
	const within = (days: number) =>
		made.filter(({ id, visit_at }) => {
			const age = today - dayOf(visit_at.getTime());
			return id <= message.id && age >= 0 && age < days;
		});
	const judge = (reason: 'day-bound' | 'month-bound', days: number, most: number): Trip | null => {
		const counted = within(days);
		const allowed = most + (counted.some(({ changed }) => changed) ? volume.day.messages : 0);
		return counted.length > allowed ? { reason, counted: counted.length, total: null, allowed } : null;
	};
	return (
		judge('day-bound', 1, volume.day.messages) ?? judge('month-bound', MONTH_DAYS, volume.month.messages)
	);
}
