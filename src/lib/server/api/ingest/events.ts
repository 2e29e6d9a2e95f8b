import { z } from 'zod';
import { eventSchema, eventsSchema } from '../../ingest/event-input.ts';
import { receiveEvents } from '../../ingest/receive.ts';
import { procedure } from '../trpc.ts';
import { ingestAnswer } from './answer.ts';

/** Records one event, or a list of up to 500: all or none. The same as `POST /api/v1/events`. */
export const events = procedure('events.send')
	.input(z.union([eventSchema, eventsSchema]))
	.output(ingestAnswer)
	.mutation(({ ctx, input }) => receiveEvents(ctx.app, ctx.actor, input, null));
