// The database of a running product, for what no page does: time that has passed, a member of some role.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Role } from '../../src/lib/server/auth/permissions.ts';
import type { Stepwell } from './stepwell.ts';

/** Where the embedded PostgreSQL of a data folder listens, from its own pid file: line 5 is the socket's folder. */
export function databaseAt(dataFolder: string): { pid: number; url(name: string): string } {
	const lines = readFileSync(join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
	const socket = encodeURIComponent((lines[4] ?? '').trim());
	return { pid: Number(lines[0]), url: (name) => `postgres://stepwell@/${name}?host=${socket}` };
}

/** Asks as the superuser. */
export async function ask<T extends pg.QueryResultRow>(
	{ dataFolder }: Pick<Stepwell, 'dataFolder'>,
	text: string,
	values: unknown[] = []
): Promise<T[]> {
	const client = new pg.Client({ connectionString: databaseAt(dataFolder).url('stepwell') });
	await client.connect();
	try {
		return (await client.query<T>(text, values)).rows;
	} finally {
		await client.end();
	}
}

/** A new member of the role, signed in with all factors; the cookie as a browser sends it back. */
export async function signInAs(stepwell: Pick<Stepwell, 'dataFolder'>, role: Role): Promise<string> {
	const [id, secret] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
	await ask(
		stepwell,
		`with member as (
			insert into users (email, name, password_hash, role) values ($1, 'A member', '-', $2) returning id
		)
		insert into sessions (id, secret_hash, user_id, created_at, last_seen_at, way, proved_at)
		select $3, $4, id, now(), now(), 'sso', now() from member`,
		[`${role}-${id}@clinic.test`, role, id, createHash('sha256').update(secret).digest()]
	);
	return `stepwell=${id}.${secret}`;
}
