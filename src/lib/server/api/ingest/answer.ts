import { z } from 'zod';

const eventAnswer = z.object({
	/** For a duplicate: the first event with its idempotency key. */
	event: z.string().nullable(),
	duplicate: z.boolean()
});

/** `spooled`: the database is away; the events are safe on this machine's disk and will be recorded. */
export const ingestAnswer = z.union([
	eventAnswer,
	z.object({ events: z.array(eventAnswer) }),
	z.object({ spooled: z.literal(true) })
]);
