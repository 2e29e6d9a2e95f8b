/** What an event says of the contact: it is recorded before anything else looks at it (§5.10). */
import type { EventFact, MessageFact } from '../world.ts';
import { isByMachine } from '../where/evaluate.ts';
import { parseInstant } from '../zone.ts';
import { instantOf, type ScenarioEvent } from './scenario.ts';
import type { Person, SentMessage, Stage } from './stage.ts';

/** Records an event at `stage.now`; null for what only prepares the play. */
export function record(stage: Stage, person: Person, told: ScenarioEvent): EventFact | null {
	if (told.name === 'send.failed') {
		const key = `${told.journey ?? ''} ${told.step ?? ''}`;
		person.failures.set(key, (person.failures.get(key) ?? 0) + 1);
		return null;
	}
	const occurredAt = told.occurredAt === undefined ? stage.now : instantOf(told.occurredAt);
	const message = told.step === undefined ? undefined : findMessage(person, told.step, told.journey);
	const about = message
		? { step: message.step, journey: message.passage.journey.slug }
		: {
				...(told.step === undefined ? {} : { step: told.step }),
				...(told.journey === undefined ? {} : { journey: told.journey })
			};
	const event: EventFact = {
		id: ++stage.lastEventId,
		name: told.name,
		occurredAt,
		properties: { ...about, ...told.properties }
	};
	person.events.push(event);
	apply(person, event, message);
	return event;
}

/** An event that names a step belongs to the latest such message (§4). */
function findMessage(person: Person, step: string, journey: string | undefined): SentMessage | undefined {
	return person.messages.findLast(
		(message) =>
			message.step === step &&
			message.state === 'sent' &&
			(journey === undefined || message.passage.journey.slug === journey)
	);
}

function apply(person: Person, event: EventFact, message: SentMessage | undefined): void {
	switch (event.name) {
		case 'email.opened':
		case 'email.clicked':
			if (message && !isByMachine(event)) engage(message.fact, event);
			return;
		case 'email.bounced':
			if (message) {
				message.fact.bouncedAt ??= event.occurredAt;
				message.fact.deliveredAt = null;
			}
			person.suppressions.push({ scope: 'all', reason: 'bounced', channel: message?.channel ?? 'email' });
			return;
		case 'email.complained':
			if (message) message.isComplained = true;
			person.suppressions.push({ scope: 'marketing', reason: 'complained' });
			return;
		case 'list.unsubscribed':
			if (message) message.isUnsubscribed = true;
			person.suppressions.push({ scope: 'marketing', reason: 'unsubscribed', topic: textOf(event, 'topic') });
			return;
		case 'consent.granted':
			return grant(person, event);
		case 'consent.revoked':
			return revoke(person, event);
	}
}

function engage(fact: MessageFact, event: EventFact): void {
	if (event.name === 'email.opened') {
		fact.openedAt = Math.min(fact.openedAt ?? Infinity, event.occurredAt);
		return;
	}
	fact.clickedAt = Math.min(fact.clickedAt ?? Infinity, event.occurredAt);
	const link = textOf(event, 'link');
	if (link !== null) fact.links = [...(fact.links ?? []), link];
}

function textOf(event: EventFact, key: string): string | null {
	const value = event.properties[key];
	return typeof value === 'string' ? value : null;
}

function kindOf(event: EventFact): 'marketing' | 'email' | 'text' {
	const kind = textOf(event, 'kind');
	return kind === 'email' || kind === 'text' ? kind : 'marketing';
}

function grant(person: Person, event: EventFact): void {
	const expires = textOf(event, 'expiresAt');
	person.consents.push({
		kind: kindOf(event),
		topic: textOf(event, 'topic'),
		sponsor: textOf(event, 'sponsor'),
		grantedAt: event.occurredAt,
		expiresAt: expires === null ? null : parseInstant(expires),
		revokedAt: null
	});
}

/** Without a topic every grant of the kind ends, with one only those of that topic. */
function revoke(person: Person, event: EventFact): void {
	const kind = kindOf(event);
	const topic = textOf(event, 'topic');
	for (const consent of person.consents) {
		if (consent.kind !== kind || consent.grantedAt > event.occurredAt) continue;
		if (topic !== null && consent.topic !== topic) continue;
		consent.revokedAt ??= event.occurredAt;
	}
}
