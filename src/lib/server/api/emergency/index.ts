import { router } from '../trpc.ts';
import { begin } from './begin.ts';
import { end } from './end.ts';
import { review } from './review.ts';
import { state } from './state.ts';

export const emergencyRouter = router({ begin, end, review, state });
