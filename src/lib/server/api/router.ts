/** Every procedure of Stepwell, by area. One procedure, one file. */
import { createCaller, router } from './trpc.ts';

export const appRouter = router({
});

export type AppRouter = typeof appRouter;
/** Calls procedures in process, for page loads. */
export const callerFor = createCaller(appRouter);
