/** Sends a browser off to a provider. */
import type pg from 'pg';
import type { App } from '../../app.ts';
import { RateLimited } from '../../http/rate-limited.ts';
import { forgetOldCeremonies } from '../ceremonies.ts';
import { Tries } from '../tries.ts';
import { findConnection, type Connection } from './connections.ts';
import { beginOidc, type Begun } from './oidc.ts';
import { SsoRefused } from './refusal.ts';
import { beginSaml } from './saml.ts';

/** Sign-ins begun from one address in 15 minutes: a whole clinic comes from one in the morning. */
const STARTS = 300;

const startsByPool = new WeakMap<pg.Pool, Tries>();

export interface Start {
	connection: number;
	kind: Connection['kind'];
	/** The page to end at. */
	returnTo: string;
	/** Whether the provider must ask the person anew. */
	again: boolean;
	ip: string | null;
}

/** Throws SsoRefused for a connection that is not there or not open, for a provider that is away, and after too many. */
export async function beginSso(
	app: App,
	{ connection: id, kind, returnTo, again, ip }: Start
): Promise<Begun> {
	await countStart(app, ip ?? 'unknown');
	const connection =
		Number.isSafeInteger(id) && id < 2 ** 31 ? await findConnection(app.pool, id) : undefined;
	if (!connection?.enabled || connection.kind !== kind) throw new SsoRefused('closed');
	await forgetOldCeremonies(app.pool, app.clock.now());
	return connection.kind === 'oidc'
		? beginOidc(app, connection, { returnTo, again })
		: beginSaml(app, connection, { returnTo, again });
}

async function countStart({ pool }: App, ip: string): Promise<void> {
	const starts = startsByPool.get(pool) ?? new Tries(pool, 'sso', STARTS);
	startsByPool.set(pool, starts);
	await starts.count(ip).catch((error: unknown) => {
		throw error instanceof RateLimited ? new SsoRefused('too-many') : error;
	});
}
