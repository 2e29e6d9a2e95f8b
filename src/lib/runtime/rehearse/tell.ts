/** Tells the product what happens in a scenario: by its own functions where it has some, else as the facts they would write. */
import { instantOf, isAboutJourney, type ScenarioEvent } from '$lib/journey/rehearse/scenario.ts';
import type { App } from '$lib/server/app.ts';
import { findUnsubscribed, unsubscribe } from '$lib/server/consent/unsubscribe.ts';
import { inTransaction } from '$lib/server/db/db.ts';
import { recordEngagement } from '$lib/server/mail/engagements.ts';
import { writeFact } from './facts-told.ts';
import type { Post } from './hand-overs.ts';
import { findLink, linkOf } from './links.ts';
import type { People } from './people.ts';
import { archiveJourney, pauseJourney, recordEvents, resumeJourney } from './product.ts';
import { findSent, type SentMessage } from './sent-messages.ts';

export interface Ears {
	app: App;
	people: People;
	post: Post;
}

const WITH_FACTS =
	/^(email\.(opened|clicked|bounced|complained)|list\.unsubscribed|consent\.(granted|revoked))$/;

/** One event, at the clock's now. */
export async function tell(ears: Ears, event: ScenarioEvent): Promise<void> {
	if (isAboutJourney(event.name)) return changeJourney(ears.app, event);
	const contactId = await ears.people.idOf(event.contact ?? '');
	if (event.name === 'send.failed') {
		ears.post.failNext(contactId, event.step ?? '', event.journey);
		return;
	}
	const message = WITH_FACTS.test(event.name)
		? await findSent(ears.app.pool, contactId, event.step, event.journey)
		: undefined;
	if (message && (await tellProduct(ears.app, event, message))) return;
	await record(ears.app, contactId, event, message);
}

/** By the product's function for what comes back from a message, where the event says no more than it can take. */
async function tellProduct(app: App, event: ScenarioEvent, message: SentMessage): Promise<boolean> {
	const { name, properties = {}, occurredAt } = event;
	if (occurredAt !== undefined && instantOf(occurredAt) !== app.clock.now()) return false;
	const said = Object.keys(properties).filter((key) => key !== 'machine' && key !== 'link');
	if (said.length) return false;
	const messageId = message.id;
	// The product takes a second no for the first; a scenario's second one is an event all the same.
	if (name === 'list.unsubscribed')
		return !(await findUnsubscribed(app.pool, messageId)) && (await unsubscribe(app, messageId));
	if (name !== 'email.opened' && name !== 'email.clicked') return false;
	const kind = name === 'email.opened' ? 'open' : 'click';
	const link = kind === 'open' ? 0 : await findLink(app.pool, messageId, linkOf(properties));
	if (link === undefined || (kind === 'open' && 'link' in properties)) return false;
	const userAgent = properties.machine === true ? PREFETCHER : PERSON;
	return (await recordEngagement(app, { messageId, kind, link, method: 'GET', userAgent })) !== null;
}

const PERSON =
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
const PREFETCHER = 'Mozilla/5.0';

async function record(
	app: App,
	contactId: number,
	{ name, step, journey, occurredAt, properties = {} }: ScenarioEvent,
	message: SentMessage | undefined
): Promise<void> {
	const receivedAt = app.clock.now();
	const about = { step: message?.step ?? step, journey: message?.journey ?? journey };
	const known = Object.entries(about).filter(([, value]) => value !== undefined);
	const event = {
		contactId,
		name,
		properties: { ...Object.fromEntries(known), ...properties },
		occurredAt: occurredAt === undefined ? receivedAt : instantOf(occurredAt),
		receivedAt,
		source: 'rehearsal'
	};
	await inTransaction(app.pool, (tx) => recordEvents(tx, app.vault, [event]));
	await writeFact(app, { ...event, message });
}

async function changeJourney(app: App, { name, journey = '' }: ScenarioEvent): Promise<void> {
	const { rows } = await app.pool.query<{ state: string }>('select state from journeys where slug = $1', [
		journey
	]);
	const state = rows[0]?.state;
	if (name === 'journey.paused' && state === 'live') await pauseJourney(app, journey);
	if (name === 'journey.resumed' && state === 'paused') await resumeJourney(app, journey);
	if (name === 'journey.archived' && state !== 'archived') await archiveJourney(app, journey);
}
