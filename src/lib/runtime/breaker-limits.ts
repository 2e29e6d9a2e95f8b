/** How much a journey's sending may go wrong before it pauses itself: the setting `breaker`. */
import { z } from 'zod';
import type { Db } from '$lib/server/db/db.ts';

const share = z.number().min(0.01, 'At least 0.01 %.').max(100, 'At most 100 %.');

/** Shares are percent of the last messages; passing one trips. */
export const breakerLimitsSchema = z.object({
	bounces: share,
	complaints: share,
	unsubscribes: share,
	/** So many messages of a journey in a day never trip it, whatever was expected. */
	freePerDay: z.number().int().min(1, 'At least 1.').max(10_000_000, 'At most 10,000,000.')
});
export type BreakerLimits = z.infer<typeof breakerLimitsSchema>;

// Gmail and Yahoo turn a sender away from 0.3 % complaints on, and ask for less than 0.1 %.
export const DEFAULT_LIMITS: BreakerLimits = {
	bounces: 5,
	complaints: 0.1,
	unsubscribes: 2,
	freePerDay: 5_000
};

const stored = z.object({
	bounces: share.catch(DEFAULT_LIMITS.bounces),
	complaints: share.catch(DEFAULT_LIMITS.complaints),
	unsubscribes: share.catch(DEFAULT_LIMITS.unsubscribes),
	freePerDay: breakerLimitsSchema.shape.freePerDay.catch(DEFAULT_LIMITS.freePerDay)
});

/** As they are set, else the defaults. */
export async function loadBreakerLimits(db: Db): Promise<BreakerLimits> {
	const { rows } = await db.query<{ value: unknown }>(`select value from settings where key = 'breaker'`);
	return stored.parse(rows[0]?.value ?? {});
}

export async function saveBreakerLimits(db: Db, limits: BreakerLimits): Promise<void> {
	await db.query(
		`insert into settings (key, value) values ('breaker', $1) on conflict (key) do update set value = excluded.value`,
		[JSON.stringify(limits)]
	);
}
