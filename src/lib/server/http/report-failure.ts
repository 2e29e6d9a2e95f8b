import type { App } from '../app.ts';
import { randomSigns } from '../auth/secret-token.ts';
import { Trace } from '../trace.ts';

/** Logs `error` without its contents under a new reference and gives the reference, for the page or the answer to show. */
export function reportFailure(app: App, error: unknown, place: string): string {
	const reference = randomSigns(10);
	app.log.error({ reference, place, error: new Trace(error) }, 'A request failed.');
	return reference;
}
