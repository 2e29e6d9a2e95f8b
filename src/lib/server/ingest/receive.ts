/** Events and trigger calls as they come in, by REST or tRPC: parsed, checked, recorded. */
import { validatePayload } from '$lib/journey/index.ts';
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { Actor } from '../auth/permissions.ts';
import { parseInput } from '../http/parse-input.ts';
import { pointer } from '../http/pointer.ts';
import { checkText } from './check-text.ts';
import {
	eventSchema,
	eventsSchema,
	isInFuture,
	toIntakeEvent,
	triggerCallSchema,
	triggerName
} from './event-input.ts';
import type { Once } from './idempotency.ts';
import { ingestOf, type IngestAnswer } from './ingest.ts';
import { triggersOf } from './trigger-book.ts';

/** Takes one event or a list of up to 500. Nothing of a list is recorded when one of it is wrong. */
export async function receiveEvents(
	app: App,
	actor: Actor,
	body: unknown,
	once: Once | null
): Promise<IngestAnswer> {
	checkText(body);
	const many = Array.isArray(body);
	const inputs = many ? parseInput(eventsSchema, body) : [parseInput(eventSchema, body)];
	const receivedAt = app.clock.now();
	inputs.forEach((input, i) => refuseFuture(input, receivedAt, many ? [i] : []));
	const events = inputs.map((input) => toIntakeEvent(input, input.name, input.properties, receivedAt));
	return ingestOf(app).submit({ source: sourceOf(actor), receivedAt, events, many, once });
}

/**
 * Takes a call of the API trigger `name` for one contact: the event `api.<name>`. Throws trigger.unknown, and
 * payload.invalid where the payload does not fit the schema that a journey declares.
 */
export async function receiveTrigger(
	app: App,
	actor: Actor,
	name: string,
	body: unknown,
	once: Once | null
): Promise<IngestAnswer> {
	checkText(body);
	const call = parseInput(triggerCallSchema, body);
	const receivedAt = app.clock.now();
	refuseFuture(call, receivedAt, []);
	await checkPayload(app, name, call.payload);
	const events = [toIntakeEvent(call, `api.${name}`, call.payload, receivedAt)];
	return ingestOf(app).submit({ source: sourceOf(actor), receivedAt, events, many: false, once });
}

async function checkPayload(app: App, name: string, payload: unknown): Promise<void> {
	const triggers = triggerName.safeParse(name).success ? await triggersOf(app).find(name) : [];
	if (triggers?.length === 0)
		throw new ApiError('trigger.unknown', 'No published journey has an API trigger of this name.');
	for (const trigger of triggers ?? []) {
		const fault = trigger.payload === undefined ? null : validatePayload(trigger.payload, payload);
		if (fault)
			throw new ApiError('payload.invalid', `This ${fault.message}.`, { path: `/payload${fault.path}` });
	}
}

function refuseFuture(input: { occurredAt?: string }, receivedAt: number, path: PropertyKey[]): void {
	if (!isInFuture(input, receivedAt)) return;
	throw new ApiError('input.invalid', 'This is in the future; an event is something that happened.', {
		path: pointer([...path, 'occurredAt'])
	});
}

function sourceOf(actor: Actor): string {
	return actor.kind === 'key' ? `api:${actor.id}` : `user:${actor.id}`;
}
