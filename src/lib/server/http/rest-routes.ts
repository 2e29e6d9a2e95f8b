/** The REST routes: a path after `/api/v1`, and what answers a POST to it. */
import type { App } from '../app.ts';

export interface RestRoute {
	/** Its first group, if any, is given to `answer`. */
	path: RegExp;
	answer(app: App, request: Request, name: string): Promise<Response>;
}

export const restRoutes: readonly RestRoute[] = [];
