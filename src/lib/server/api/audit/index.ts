import { router } from '../trpc.ts';
import { actions } from './actions.ts';
import { actors } from './actors.ts';
import { exportProcedure } from './export.ts';
import { list } from './list.ts';
import { state } from './state.ts';

export const auditRouter = router({ actions, actors, export: exportProcedure, list, state });
