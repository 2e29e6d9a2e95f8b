/** How people sign in: the setting `access`. */
import { z } from 'zod';
import type { Db } from '../db/db.ts';

export const accessSettingsSchema = z.strictObject({
	/** Minutes without use after which a session is over (45 CFR 164.312(a)(2)(iii)). */
	idleMinutes: z.number().int().min(5, 'At least 5 minutes.').max(60, 'At most 60 minutes.'),
	/** Whether a password alone is not enough. */
	requireSecondFactor: z.boolean()
});
export type AccessSettings = z.infer<typeof accessSettingsSchema>;

export const defaultAccess: AccessSettings = { idleMinutes: 15, requireSecondFactor: true };

/** The settings in a row of `settings`, or the defaults where there is none or one that is no longer understood. */
export function accessIn(value: unknown): AccessSettings {
	const stored = accessSettingsSchema.partial().safeParse(value ?? {});
	return { ...defaultAccess, ...(stored.success ? stored.data : {}) };
}

export async function loadAccess(db: Db): Promise<AccessSettings> {
	const { rows } = await db.query<{ value: unknown }>(`select value from settings where key = 'access'`);
	return accessIn(rows[0]?.value);
}

/**
 * Lets people who only look at the sample clinic in with a password: patients of it are nobody's. Says nothing where something was
 * said before, or where somebody has an account already, which this would guard less than when they made it.
 */
export async function relaxAccessForSample(db: Db): Promise<void> {
	await db.query(
		`insert into settings (key, value) select 'access', $1 where not exists (select from users) on conflict (key) do nothing`,
		[{ ...defaultAccess, requireSecondFactor: false }]
	);
}

export async function saveAccess(db: Db, settings: AccessSettings): Promise<void> {
	await db.query(
		`insert into settings (key, value) values ('access', $1) on conflict (key) do update set value = excluded.value`,
		[accessSettingsSchema.parse(settings)]
	);
}
