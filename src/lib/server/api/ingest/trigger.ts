import { triggerCallSchema } from '../../ingest/event-input.ts';
import { receiveTrigger } from '../../ingest/receive.ts';
import { procedure } from '../trpc.ts';
import { ingestAnswer } from './answer.ts';
import { z } from 'zod';

/** Calls the API trigger `name` for one contact. The same as `POST /api/v1/triggers/{name}`. */
export const trigger = procedure('events.send')
	.input(triggerCallSchema.extend({ name: z.string() }))
	.output(ingestAnswer)
	.mutation(({ ctx, input: { name, ...call } }) => receiveTrigger(ctx.app, ctx.actor, name, call, null));
