/** API keys `sw_live_<id>_<secret>`: shown once, kept as a hash, refused from the moment they are revoked. */
import type { App } from '../app.ts';
import type { Db } from '../db/db.ts';
import { isConnectionError } from '../db/connection-error.ts';
import type { Actor } from './permissions.ts';
import { hashSecret, isSecret, randomSigns } from './secret-token.ts';

/** `last_used_at` is written at most once a minute and key. */
const USED_EVERY_MS = 60_000;

export interface ApiKey {
	id: string;
	name: string;
	createdAt: Date;
	createdBy: string | null;
	lastUsedAt: Date | null;
	revokedAt: Date | null;
}

/** Makes a key. `key` is the whole of it, and is nowhere else. */
export async function createApiKey(
	db: Db,
	name: string,
	userId: number | null,
	now: number
): Promise<{ id: string; key: string }> {
	const id = randomSigns(12);
	const secret = randomSigns(40);
	await db.query(
		'insert into api_keys (id, name, secret_hash, created_by, created_at) values ($1, $2, $3, $4, $5)',
		[id, name, hashSecret(secret), userId, new Date(now)]
	);
	return { id, key: `sw_live_${id}_${secret}` };
}

/** Every key, those in use first, newest first. */
export async function listApiKeys(db: Db): Promise<ApiKey[]> {
	const { rows } = await db.query<ApiKey>(
		`select k.id, k.name, k.created_at as "createdAt", u.name as "createdBy",
			k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt"
		from api_keys k left join users u on u.id = k.created_by
		order by k.revoked_at is not null, k.created_at desc`
	);
	return rows;
}

/** Ends a key for good. False when there is none of that id that is still in use. */
export async function revokeApiKey(db: Db, id: string, now: number): Promise<boolean> {
	const { rowCount } = await db.query(
		'update api_keys set revoked_at = $2 where id = $1 and revoked_at is null',
		[id, new Date(now)]
	);
	return rowCount === 1;
}

interface KeyRow {
	id: string;
	name: string;
	secret_hash: Buffer;
	last_used_at: Date | null;
	revoked_at: Date | null;
}

type KeyActor = Extract<Actor, { kind: 'key' }>;

/** Verifies keys for one app. Calls at the same moment share one look-up; while the database is away, the last one counts. */
export class ApiKeys {
	private readonly app: App;
	private readonly running = new Map<string, Promise<KeyRow | undefined>>();
	private readonly lastRowById = new Map<string, KeyRow>();

	constructor(app: App) {
		this.app = app;
	}

	/** Who an `Authorization` header speaks for; null for no key, a wrong one, or a revoked one. */
	async verify(authorization: string | null): Promise<KeyActor | null> {
		const [, id, secret] = /^Bearer sw_live_([a-z0-9]{12})_([a-z0-9]{40})$/i.exec(authorization ?? '') ?? [];
		if (!id || !secret) return null;
		const row = await this.rowOf(id);
		if (!row || !isSecret(secret, row.secret_hash) || row.revoked_at) return null;
		this.touch(row);
		return { kind: 'key', id: row.id, name: row.name };
	}

	private rowOf(id: string): Promise<KeyRow | undefined> {
		let row = this.running.get(id);
		if (!row) {
			row = this.load(id).finally(() => this.running.delete(id));
			this.running.set(id, row);
		}
		return row;
	}

	private async load(id: string): Promise<KeyRow | undefined> {
		try {
			const { rows } = await this.app.pool.query<KeyRow>(
				'select id, name, secret_hash, last_used_at, revoked_at from api_keys where id = $1',
				[id]
			);
			if (rows[0]) this.lastRowById.set(id, rows[0]);
			return rows[0];
		} catch (error) {
			// Events must still come in while PostgreSQL is away; only a key that this process has seen valid is believed.
			const last = this.lastRowById.get(id);
			if (last && isConnectionError(error)) return last;
			throw error;
		}
	}

	private touch(row: KeyRow): void {
		const now = this.app.clock.now();
		if (row.last_used_at && now - row.last_used_at.getTime() < USED_EVERY_MS) return;
		row.last_used_at = new Date(now);
		this.app.pool
			.query('update api_keys set last_used_at = greatest(last_used_at, $2) where id = $1', [
				row.id,
				row.last_used_at
			])
			.catch(() => {
				// The time is for people to read; a call is not refused because it could not be noted.
			});
	}
}

const keysByApp = new WeakMap<App, ApiKeys>();

/** The one verifier of `app`. */
export function keysOf(app: App): ApiKeys {
	const keys = keysByApp.get(app) ?? new ApiKeys(app);
	keysByApp.set(app, keys);
	return keys;
}
