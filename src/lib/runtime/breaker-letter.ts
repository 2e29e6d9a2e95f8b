/** Tells a journey's owner that the breaker paused it. The mail holds the journey's name and numbers, nothing of a person. */
import type { App } from '$lib/server/app.ts';
import { recipientsOf, type Recipient } from '$lib/server/mail/notifications.ts';
import { mailTeam, type TeamLetter } from '$lib/server/mail/team-mail.ts';
import { whatToDo, whatTripped } from '$lib/text/breaker.ts';
import { findTrip, type Tripped } from './breaker-trip.ts';

/** Whoever published the version that people enter; where that was nobody who can be told, or wants to be, the owners. */
async function readersOf({ pool }: App, journeyId: number): Promise<Recipient[]> {
	const willing = await recipientsOf(pool, 'breaker');
	const { rows } = await pool.query<{ id: number; publishes: boolean }>(
		`select u.id, u.id is not distinct from v.published_by as publishes from journeys j
			join journey_versions v on v.id = j.live_version_id
			join users u on u.id = v.published_by or u.role = 'owner' where j.id = $1`,
		[journeyId]
	);
	const among = (wanted: typeof rows) => willing.filter(({ id }) => wanted.some((row) => row.id === id));
	const publisher = among(rows.filter(({ publishes }) => publishes));
	return publisher.length ? publisher : among(rows);
}

/**
 * Mails them. Nothing where the journey was resumed meanwhile. Throws when a server says later, so that the job is tried again;
 * a mail that may have arrived is not sent twice.
 */
export async function tellOwner(app: App, journeyId: number): Promise<void> {
	const trip = await findTrip(app.pool, journeyId);
	if (!trip) return;
	const { rows } = await app.pool.query<{ slug: string; name: string }>(
		'select slug, name from journeys where id = $1',
		[journeyId]
	);
	const [journey] = rows;
	if (!journey) return;
	const letter = letterOf(app, journey, trip);
	for (const reader of await readersOf(app, journeyId)) {
		const { outcome, response } = await mailTeam(app, reader, letter);
		if (outcome === 'deferred') throw new Error(`The breaker’s letter was put off (${response}).`);
		if (outcome !== 'sent') app.log.error({ outcome, response }, 'the breaker’s letter did not go out');
	}
}

function letterOf(app: App, { slug, name }: { slug: string; name: string }, trip: Tripped): TeamLetter {
	return {
		subject: `Paused: ${name}`,
		lines: [
			`Stepwell paused the journey “${name}”: ${whatTripped(trip)}.`,
			'Nobody enters it and nobody moves on, and what was not sent yet is held. Nothing is lost.',
			whatToDo(trip.reason)
		],
		link: { label: 'Open the journey', href: `${app.publicUrl}/journeys/${slug}` }
	};
}
