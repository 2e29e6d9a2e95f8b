/**
 * Where requests stay while PostgreSQL is away: one SQLite file, written through to the disk before the answer goes out.
 * Contents are sealed with the workspace's key, since they are about patients; it is in memory while PostgreSQL is away.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { randomSigns } from '../auth/secret-token.ts';
import { isSealError } from '../seal/errors.ts';
import { openJson, placesIn, sealJson } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import type { Intake } from './intake.ts';

export interface Spooled {
	/** Grows in the order of arrival. */
	id: number;
	intake: Intake;
	/** The transaction that was committing this when the connection broke. */
	xid: string | null;
}

const places = placesIn('spool', 'intake');

export class Spool {
	/** Where the file lies. */
	readonly path: string;
	private readonly file: Database.Database;
	private readonly vault: Vault;
	private waiting: number;

	constructor(folder: string, vault: Vault) {
		mkdirSync(folder, { recursive: true });
		this.path = join(folder, 'spool.sqlite');
		this.file = new Database(this.path);
		this.file.pragma('journal_mode = WAL');
		this.file.pragma('synchronous = FULL');
		this.file.exec(
			`create table if not exists intake (id integer primary key autoincrement, sealed blob not null, xid text, refused text)`
		);
		this.file.exec('create index if not exists intake_refused on intake (id) where refused is not null');
		this.vault = vault;
		this.waiting = this.count();
	}

	/** Requests that wait to be written to PostgreSQL. */
	get size(): number {
		return this.waiting;
	}

	/** Requests that PostgreSQL refused, or that can't be opened. */
	get refused(): number {
		const row = this.file
			.prepare<[], { n: number }>('select count(*) as n from intake where refused is not null')
			.get();
		return row?.n ?? 0;
	}

	/** Keeps `intakes` in one durable commit. */
	append(intakes: readonly { intake: Intake; xid: string | null }[]): void {
		const insert = this.file.prepare('insert into intake (id, sealed, xid) values (?, ?, ?)');
		this.file.transaction(() => {
			let id = this.lastId();
			for (const { intake, xid } of intakes) insert.run(++id, this.seal(id, withKeys(intake)), xid);
		})();
		this.waiting += intakes.length;
	}

	/** The oldest requests, at most `limit`. What can't be opened (another key) is put aside. */
	async first(limit: number): Promise<Spooled[]> {
		const rows = this.file
			.prepare<[number], { id: number; sealed: Buffer; xid: string | null }>(
				'select id, sealed, xid from intake where refused is null order by id limit ?'
			)
			.all(limit);
		const found: Spooled[] = [];
		for (const { id, sealed, xid } of rows) {
			const intake = await this.open(id, sealed);
			if (intake) found.push({ id, intake, xid });
			else this.settle([{ id, refused: 'unreadable' }]);
		}
		return found;
	}

	/** Lets go of what is written; what PostgreSQL refused stays in the file, with the reason, for a person. */
	settle(results: readonly { id: number; refused: string | null }[]): void {
		const drop = this.file.prepare('delete from intake where id = ?');
		const putAside = this.file.prepare('update intake set refused = ? where id = ?');
		this.file.transaction(() => {
			for (const { id, refused } of results) {
				if (refused === null) drop.run(id);
				else putAside.run(refused, id);
			}
		})();
		this.waiting = this.count();
	}

	close(): void {
		this.file.close();
	}

	private count(): number {
		const row = this.file
			.prepare<[], { n: number }>('select count(*) as n from intake where refused is null')
			.get();
		return row?.n ?? 0;
	}

	// Ids are never used again, so that no row can be put in another's place.
	private lastId(): number {
		const row = this.file
			.prepare<[], { seq: number }>(`select seq from sqlite_sequence where name = 'intake'`)
			.get();
		return row?.seq ?? 0;
	}

	private seal(id: number, intake: Intake): Buffer {
		return sealJson(this.vault.workspaceKey(), places(id), intake);
	}

	private async open(id: number, sealed: Buffer): Promise<Intake | null> {
		try {
			return openJson(await this.vault.workspaceKeyOf(sealed), places(id), sealed) as Intake;
		} catch (error) {
			if (isSealError(error)) return null;
			throw error;
		}
	}
}

/** Gives every event a key, so that a crash between PostgreSQL's commit and the file's can't record it twice. */
function withKeys(intake: Intake): Intake {
	return {
		...intake,
		events: intake.events.map((event) => ({ ...event, key: event.key ?? `spool:${randomSigns(24)}` }))
	};
}
