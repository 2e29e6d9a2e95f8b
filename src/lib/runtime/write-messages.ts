/** The messages of a batch: the part of its statement (`write.ts`) that puts them into the outbox. */
import type { Effect, Visit } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { booleans, instant, instants, numbers, texts } from './columns.ts';
import type { Move } from './move.ts';
import { Unwritable } from './row-fault.ts';
import { own, shapesOf, shared, word } from './shapes.ts';

type MessageEffect = Extract<Effect, { kind: 'message' }>;

export interface Message {
	/** Among the batch's messages, in the order in which they were decided. */
	place: number;
	move: Move;
	effect: MessageEffect;
}

// In the order in which they were decided: their ids are the order in which they are sent.
export const WRITE_MESSAGES = `, made as (
	insert into messages (enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, topic, visit_at, state, reason, decided_at, channel)
	select enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, topic, ${instant('visit_at')}, state, reason, ${instant('decided_at')}, channel
	from (
		select unnest(place::int[]) as place, unnest(enrollment_id::bigint[]) as enrollment_id, unnest(contact_id::bigint[]) as contact_id,
			unnest(visit_at::bigint[]) as visit_at, unnest(decided_at::bigint[]) as decided_at,
			version_id, step, arrival, template_version_id, purpose, marketing, topic, state, reason, channel
		from (
			select unnest($31::text[]) as place, unnest($32::text[]) as enrollment_id, unnest($33::text[]) as contact_id, unnest($34::text[]) as visit_at,
				unnest($35::text[]) as decided_at, unnest($36::int[]) as version_id, unnest($37::text[]) as step, unnest($38::int[]) as arrival,
				unnest($39::int[]) as template_version_id, unnest($40::text[]) as purpose, unnest($41::bool[]) as marketing,
				unnest($42::text[]) as topic, unnest($43::text[]) as state, unnest($44::text[]) as reason, unnest($45::text[]) as channel
		) shapes
	) m order by place
	returning id, enrollment_id, step, arrival
), keyed as (
	insert into message_keys (enrollment_id, step, arrival, message_id) select enrollment_id, step, arrival, id from made
)`;

/** Whether a step sends, or was kept from sending. */
export function isMessage(effect: Effect): effect is MessageEffect {
	return effect.kind === 'message';
}

/** The version of each template that messages are made of now. A batch sends few templates to many people. */
export async function currentTemplates(
	tx: Tx,
	messages: readonly { effect: MessageEffect }[]
): Promise<Map<string, number | null>> {
	const { rows } = await tx.query<{ slug: string; id: number | null }>(
		'select slug, current_version_id as id from templates where slug = any($1)',
		[[...new Set(messages.map(({ effect }) => effect.template))]]
	);
	return new Map(rows.map(({ slug, id }) => [slug, id]));
}

/** In the order in which they were decided. */
export function messagesOf(moves: Move[]): Message[] {
	const messages: Message[] = [];
	for (const move of moves)
		for (const effect of move.result.effects)
			if (isMessage(effect)) messages.push({ place: messages.length, move, effect });
	return messages;
}

/** $31 to $45 of `WRITE_MESSAGES`. */
export function messageColumns(messages: Message[], templates: ReadonlyMap<string, number | null>): string[] {
	const shapes = shapesOf(messages, shapeOfMessage);
	const effects = <T>(of: (effect: MessageEffect) => T) => shared(shapes, ({ effect }) => of(effect));
	return [
		own(shapes, numbers, ({ place }) => place),
		own(shapes, numbers, ({ move }) => move.claimed.id),
		own(shapes, numbers, ({ move }) => move.claimed.contactId),
		own(shapes, instants, ({ effect, move }) => visitOf(effect, move).at),
		own(shapes, instants, ({ effect, move }) => (effect.state === 'blocked' ? move.at : null)),
		numbers(shared(shapes, ({ move }) => move.version.versionId)),
		texts(effects((effect) => effect.step)),
		numbers(effects((effect) => effect.arrival)),
		numbers(effects((effect) => templates.get(effect.template) ?? null)),
		texts(effects((effect) => effect.purpose)),
		booleans(effects((effect) => effect.marketing)),
		texts(effects((effect) => effect.topic)),
		texts(effects((effect) => effect.state)),
		texts(effects((effect) => effect.reason)),
		texts(effects((effect) => effect.channel))
	];
}

function shapeOfMessage({ move, effect }: Message): string {
	const { step, arrival, template, purpose, marketing, topic, state, reason, channel } = effect;
	const words = word(step) + word(template) + word(topic) + word(reason);
	return `${move.version.versionId} ${arrival} ${purpose} ${marketing} ${state} ${channel} ${words}`;
}

/** The visit that a message is of. */
export function visitOf(effect: MessageEffect, move: Move): Visit {
	const visit = move.result.visits.findLast((each) => each.step === effect.step);
	if (!visit) throw new Unwritable(`A message of step ${effect.step} without a visit of it.`);
	return visit;
}
