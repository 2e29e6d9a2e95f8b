/**
 * The middle layer: data keys, wrapped by the key provider, opened once per process. The newest one of purpose `seal` is
 * current; older ones only open. The one of purpose `index` is the master of the blind index and is never replaced.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { inTransaction, type Db } from '../db/db.ts';
import { locks } from '../db/locks.ts';
import { KEY_BYTES, takeKey } from './aes-gcm.ts';
import { SealError } from './errors.ts';
import type { KeyProvider } from './key-provider.ts';
import { SealingKey } from './sealed.ts';

export type DataKeyPurpose = 'seal' | 'index';

/** Context of a data key's wrapping. */
export function contextOf(dataKeyId: number): string {
	return `data_keys|${dataKeyId}`;
}

/** Another process's new key becomes ours within this time; until then we wrap under the older, which still opens. */
export const CURRENT_KNOWN_FOR_MS = 30_000;

const newest = `select id from data_keys where purpose = $1 and retired_at is null order by id desc limit 1`;

// `data_keys.id` is a smallint.
const LARGEST_ID = 32_767;

export class DataKeys {
	private readonly opened = new Map<number, SealingKey>();
	private newestKey: SealingKey | undefined;
	private askedAt = 0;
	private asking: Promise<SealingKey> | undefined;

	readonly pool: pg.Pool;
	readonly provider: KeyProvider;
	private readonly now: () => number;

	constructor(pool: pg.Pool, provider: KeyProvider, now: () => number) {
		this.pool = pool;
		this.provider = provider;
		this.now = now;
	}

	/** The key that seals now. From memory, so it also works while PostgreSQL is away; call `refresh` once before. */
	current(): SealingKey {
		if (!this.newestKey) throw new Error('DataKeys.current() was called before refresh().');
		if (this.now() - this.askedAt >= CURRENT_KNOWN_FOR_MS) {
			this.askedAt = this.now();
			// The known key goes on sealing meanwhile, and after a failure until the next time it is asked for.
			this.refresh().catch(() => {});
		}
		return this.newestKey;
	}

	/** Asks the database which key is current, and makes the very first one. */
	refresh(): Promise<SealingKey> {
		this.asking ??= this.ask().finally(() => (this.asking = undefined));
		return this.asking;
	}

	/** A data key by its id, also a retired one. Throws `seal.unknown-key`. */
	async get(id: number): Promise<SealingKey> {
		// The id comes out of sealed bytes, and those may have been changed.
		if (id > LARGEST_ID) throw new SealError('seal.unknown-key', `data key ${id}`);
		return this.opened.get(id) ?? (await this.open(id));
	}

	/** The only key of `purpose`, or the newest; made when there is none. */
	async ensure(purpose: DataKeyPurpose): Promise<SealingKey> {
		const { rows } = await this.pool.query<{ id: number }>(newest, [purpose]);
		return this.get(rows[0]?.id ?? (await this.make(purpose, false)));
	}

	/** Makes a new key, current from now on, and gives its id. */
	async add(): Promise<number> {
		const id = await this.make('seal', true);
		await this.refresh();
		return id;
	}

	private async ask(): Promise<SealingKey> {
		const askedAt = this.now();
		const key = await this.ensure('seal');
		this.askedAt = askedAt;
		return this.learn(key);
	}

	private learn(key: SealingKey): SealingKey {
		if (!this.newestKey || key.id > this.newestKey.id) this.newestKey = key;
		return this.newestKey;
	}

	private async open(id: number): Promise<SealingKey> {
		const { rows } = await this.pool.query<{ wrapped: Buffer; kek_id: string; seals: boolean }>(
			`select wrapped, kek_id, purpose = 'seal' and retired_at is null as seals from data_keys where id = $1`,
			[id]
		);
		const [row] = rows;
		if (!row) throw new SealError('seal.unknown-key', `data key ${id}`);
		const key = new SealingKey(
			'data',
			id,
			takeKey(await this.provider.unwrap(row.kek_id, row.wrapped, contextOf(id)))
		);
		this.opened.set(id, key);
		if (row.seals) this.learn(key);
		return key;
	}

	// The lock makes processes that start together share one first key.
	private make(purpose: DataKeyPurpose, another: boolean): Promise<number> {
		return inTransaction(this.pool, async (tx) => {
			await tx.query('select pg_advisory_xact_lock($1)', [locks.dataKey]);
			const { rows } = await tx.query<{ id: number }>(newest, [purpose]);
			return rows[0] && !another ? rows[0].id : insertDataKey(tx, this.provider, purpose);
		});
	}
}

async function insertDataKey(db: Db, provider: KeyProvider, purpose: DataKeyPurpose): Promise<number> {
	const { rows } = await db.query<{ id: number }>(
		`select nextval(pg_get_serial_sequence('data_keys', 'id'))::integer as id`
	);
	const id = rows[0]?.id ?? 0;
	const raw = randomBytes(KEY_BYTES);
	const { keyId, wrapped } = await provider.wrap(raw, contextOf(id));
	raw.fill(0);
	await db.query('insert into data_keys (id, purpose, wrapped, kek_id) values ($1, $2, $3, $4)', [
		id,
		purpose,
		wrapped,
		keyId
	]);
	return id;
}
