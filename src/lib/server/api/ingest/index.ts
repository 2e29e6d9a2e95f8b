import { router } from '../trpc.ts';
import { events } from './events.ts';
import { trigger } from './trigger.ts';

export const ingestRouter = router({ events, trigger });
