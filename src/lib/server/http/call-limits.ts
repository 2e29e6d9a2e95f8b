/** The limits of this app: calls by one API key, and forms of those who are not signed in. */
import { createHash } from 'node:crypto';
import type { App } from '../app.ts';
import { SharedLimit } from './shared-limit.ts';

/** Calls in 10 s by one key, over all processes; it guards against a loop gone wild, not against load. */
const CALLS = { kind: 'call', points: 100_000, seconds: 10, share: 1_000 };
/** Forms in 15 minutes from one address. Sign-ins have closer limits of their own; a clinic may be behind one address. */
export const PUBLIC_FORMS = 300;
const FORMS = { kind: 'form', points: PUBLIC_FORMS, seconds: 15 * 60, share: 1 };

interface Limits {
	calls: SharedLimit;
	forms: SharedLimit;
}

const limitsByApp = new WeakMap<App, Limits>();

function limitsOf(app: App): Limits {
	const limits = limitsByApp.get(app) ?? {
		calls: new SharedLimit(app.pool, CALLS),
		forms: new SharedLimit(app.pool, FORMS)
	};
	limitsByApp.set(app, limits);
	return limits;
}

/** Counts a call of an API key. Throws RateLimited. */
export async function countCall(app: App, keyId: string): Promise<void> {
	const sentence = `A key may make ${CALLS.points} calls in ${CALLS.seconds} seconds.`;
	await limitsOf(app).calls.spend(keyId, app.clock.now(), sentence);
}

/** Counts a form that is sent to a public page. Throws RateLimited. */
export async function countPublicForm(app: App, address: string | null): Promise<void> {
	// Addresses are personal data: the table holds their hashes only.
	const key = createHash('sha256')
		.update(address ?? 'unknown')
		.digest('base64url');
	await limitsOf(app).forms.spend(
		key,
		app.clock.now(),
		'Too many tries. Wait a quarter of an hour and try again.'
	);
}
