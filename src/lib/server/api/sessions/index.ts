import { router } from '../trpc.ts';
import { here } from './here.ts';
import { list } from './list.ts';
import { revokeOthers } from './revoke-others.ts';
import { revoke } from './revoke.ts';
import { state } from './state.ts';

export const sessionsRouter = router({ here, list, revoke, revokeOthers, state });
