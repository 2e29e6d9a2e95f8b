/**
 * Where requests stay while PostgreSQL is away: one SQLite file, written through to the disk before the answer goes out.
 * Contents are sealed, since they are about patients.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { randomSigns } from '../auth/secret-token.ts';
import type { Intake } from './intake.ts';

export interface Spooled {
	/** Grows in the order of arrival. */
	id: number;
	intake: Intake;
	/** The transaction that was committing this when the connection broke. */
	xid: string | null;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

export class Spool {
	private readonly file: Database.Database;
	private readonly key: Buffer;
	private waiting: number;

	constructor(folder: string, secret: Buffer) {
		mkdirSync(folder, { recursive: true });
		this.file = new Database(join(folder, 'spool.sqlite'));
		this.file.pragma('journal_mode = WAL');
		this.file.pragma('synchronous = FULL');
		this.file.exec(
			`create table if not exists intake (id integer primary key autoincrement, sealed blob not null, xid text, refused text)`
		);
		this.key = Buffer.from(hkdfSync('sha256', secret, '', 'stepwell spool', 32));
		this.waiting = this.count();
	}

	/** Requests that wait to be written to PostgreSQL. */
	get size(): number {
		return this.waiting;
	}

	/** Keeps `intakes` in one durable commit. */
	append(intakes: readonly { intake: Intake; xid: string | null }[]): void {
		const insert = this.file.prepare('insert into intake (sealed, xid) values (?, ?)');
		this.file.transaction(() => {
			for (const { intake, xid } of intakes) insert.run(this.seal(withKeys(intake)), xid);
		})();
		this.waiting += intakes.length;
	}

	/** The oldest requests, at most `limit`. What can't be opened (another secret) is put aside. */
	first(limit: number): Spooled[] {
		const rows = this.file
			.prepare<[number], { id: number; sealed: Buffer; xid: string | null }>(
				'select id, sealed, xid from intake where refused is null order by id limit ?'
			)
			.all(limit);
		return rows.flatMap(({ id, sealed, xid }) => {
			const intake = this.open(sealed);
			if (intake) return [{ id, intake, xid }];
			this.settle([{ id, refused: 'unreadable' }]);
			return [];
		});
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

	private seal(intake: Intake): Buffer {
		const iv = randomBytes(IV_BYTES);
		const cipher = createCipheriv('aes-256-gcm', this.key, iv);
		const body = Buffer.concat([cipher.update(JSON.stringify(intake), 'utf8'), cipher.final()]);
		return Buffer.concat([iv, cipher.getAuthTag(), body]);
	}

	private open(sealed: Buffer): Intake | null {
		const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, IV_BYTES));
		decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
		try {
			const body = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
			return JSON.parse(body.toString('utf8')) as Intake;
		} catch {
			return null;
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
