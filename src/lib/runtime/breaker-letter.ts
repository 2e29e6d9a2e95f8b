/** Tells a journey's owner that the breaker paused it. The mail holds the journey's name and numbers, nothing of a person. */
import type { App } from '$lib/server/app.ts';
import { loadSender } from '$lib/server/mail/sender.ts';
import { openTransport, type MailTransport } from '$lib/server/mail/transport.ts';
import { whatToDo, whatTripped } from '$lib/text/breaker.ts';
import { findTrip, type Tripped } from './breaker-trip.ts';

interface Reader {
	name: string;
	email: string;
}

/** Whoever published the version that people enter; where that was nobody with a mailbox, the owners of the workspace. */
async function readersOf({ pool }: App, journeyId: number): Promise<Reader[]> {
	const { rows } = await pool.query<Reader>(
		`select u.name, u.email from users u where u.id = (select v.published_by from journeys j
			join journey_versions v on v.id = j.live_version_id where j.id = $1)`,
		[journeyId]
	);
	if (rows.length) return rows;
	return (await pool.query<Reader>(`select name, email from users where role = 'owner' order by id`)).rows;
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
	const transport = await openTransport(app);
	try {
		const fromName = (await loadSender(app.pool)).name;
		for (const reader of await readersOf(app, journeyId))
			await tell(app, transport, reader, fromName, letter);
	} finally {
		transport.close();
	}
}

interface Letter {
	subject: string;
	html: string;
	text: string;
}

async function tell(
	app: App,
	transport: MailTransport,
	{ name, email }: Reader,
	fromName: string,
	letter: Letter
): Promise<void> {
	const to = { name, address: email };
	const mail = { ...letter, headers: {}, messageId: null, to, fromName, security: 'auto' as const };
	const { outcome, response } = await transport.send(mail);
	if (outcome === 'deferred') throw new Error(`The breaker’s letter was put off (${response}).`);
	if (outcome !== 'sent') app.log.error({ outcome, response }, 'the breaker’s letter did not go out');
}

function letterOf(app: App, { slug, name }: { slug: string; name: string }, trip: Tripped): Letter {
	const link = `${app.publicUrl}/journeys/${slug}`;
	const lines = [
		`Stepwell paused the journey “${name}”: ${whatTripped(trip)}.`,
		'Nobody enters it and nobody moves on, and what was not sent yet is held. Nothing is lost.',
		whatToDo(trip.reason)
	];
	return {
		// A line break in a journey's name must not break the header.
		subject: `Paused: ${name.replace(/\s+/g, ' ')}`,
		text: [...lines, link].join('\n\n'),
		html: `${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}<p><a href="${escapeHtml(link)}">Open the journey</a></p>`
	};
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
