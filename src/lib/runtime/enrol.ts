/** Entry by hand: a person at the screen lets somebody into a journey by its first trigger of that kind (§3). */
import type { Store } from '$lib/server/app.ts';
import type { Db, Tx } from '$lib/server/db/db.ts';
import { CountSheet, shards, writeCounts } from './counts.ts';
import { loadOpenJourneys } from './doors.ts';
import { enqueuePump } from './door.ts';
import { admit, BY_HAND } from './entry.ts';
import { lockContacts } from './inside.ts';
import { loadLiveJourneys } from './plans.ts';

/** The live journeys that a person can let somebody into, by slug. */
export async function listByHand({ pool }: Pick<Store, 'pool'>): Promise<{ slug: string; name: string }[]> {
	const live = await loadLiveJourneys(pool, pool);
	return live
		.filter(({ plan }) => plan.triggers.some(({ kind, disabled }) => kind === 'trigger.manual' && !disabled))
		.map(({ slug, plan }) => ({ slug, name: plan.name }));
}

/** What became of it: let in now, given a place for later, refused by the re-entry rule, or no door to come in by. */
export type ByHand = 'admitted' | 'deferred' | 'reentry' | 'closed' | 'no-contact';

/**
 * Lets a contact in, at `now` (ms). `request` makes the same request one: told again it changes nothing, and is answered as
 * admitted. The caller's transaction holds the contact until its end.
 */
export async function enrolByHand(
	tx: Tx,
	{ pool, vault }: Store,
	asked: { journey: string; contactId: number; request: string },
	now: number
): Promise<ByHand> {
	const { journey: slug, contactId, request } = asked;
	const contact = (await lockContacts(tx, vault, [contactId])).get(contactId);
	if (!contact) return 'no-contact';
	const version = (await loadOpenJourneys(tx, pool, [slug])).get(slug);
	if (version?.state !== 'live' || !version.manual) return 'closed';
	const sheet = new CountSheet();
	const { admitted, refused } = await admit(
		tx,
		vault,
		[
			{
				version,
				trigger: version.manual,
				contactId,
				zone: contact.fact.timezone ?? version.zone,
				at: now,
				cause: `${BY_HAND}${request}`,
				key: null,
				payload: {},
				eventId: null,
				lineage: []
			}
		],
		sheet
	);
	await writeCounts(tx, sheet, shards.planner);
	if (admitted) await enqueuePump(tx);
	if (refused) return 'reentry';
	return admitted || (await isIn(tx, contactId, `${BY_HAND}${request}:${version.manual.step}`))
		? 'admitted'
		: 'deferred';
}

async function isIn(db: Db, contactId: number, key: string): Promise<boolean> {
	const { rows } = await db.query<{ is: boolean }>(
		'select exists (select from enrollment_keys where contact_id = $1 and key = $2) as is',
		[contactId, key]
	);
	return rows[0]?.is ?? false;
}
