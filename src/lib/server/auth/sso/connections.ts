/** The connections to identity providers: `sso_connections`. */
import { z } from 'zod';
import { ApiError } from '../../api/errors.ts';
import type { Db, Tx } from '../../db/db.ts';
import { seal } from '../../mail/seal.ts';
import { oidcConfig, samlConfig, type ConnectionInput, type OidcConfig, type SamlConfig } from './config.ts';

interface About {
	id: number;
	name: string;
	domains: string[];
	enforced: boolean;
	enabled: boolean;
}

export interface OidcConnection extends About {
	kind: 'oidc';
	config: OidcConfig;
	/** The client's secret, sealed; null for a public client. */
	sealedSecret: string | null;
}
export interface SamlConnection extends About {
	kind: 'saml';
	config: SamlConfig;
}
export type Connection = OidcConnection | SamlConnection;

const COLUMNS = 'id, kind, name, config, sealed_secret as "sealedSecret", domains, enforced, enabled';

const rowSchema = z.discriminatedUnion('kind', [
	z.looseObject({ kind: z.literal('oidc'), config: oidcConfig }),
	z.looseObject({ kind: z.literal('saml'), config: samlConfig })
]);

function connectionOf(row: Connection): Connection {
	return { ...row, ...rowSchema.parse(row) } as Connection;
}

export async function listConnections(db: Db): Promise<Connection[]> {
	const { rows } = await db.query<Connection>(`select ${COLUMNS} from sso_connections order by name, id`);
	return rows.map(connectionOf);
}

export async function findConnection(db: Db, id: number): Promise<Connection | undefined> {
	const { rows } = await db.query<Connection>(`select ${COLUMNS} from sso_connections where id = $1`, [id]);
	return rows[0] && connectionOf(rows[0]);
}

/** Throws ApiError `not-found`. */
export async function getConnection(db: Db, id: number): Promise<Connection> {
	const connection = await findConnection(db, id);
	if (!connection) throw new ApiError('not-found', 'This connection does not exist, or was deleted.');
	return connection;
}

/** What the sign-in page offers. */
export interface SignInOffer {
	id: number;
	kind: Connection['kind'];
	name: string;
}

export async function listOffers(db: Db): Promise<SignInOffer[]> {
	const { rows } = await db.query<SignInOffer>(
		'select id, kind, name from sso_connections where enabled order by name, id'
	);
	return rows;
}

export async function createConnection(
	db: Db,
	secret: Buffer,
	input: ConnectionInput,
	now: number
): Promise<number> {
	const { rows } = await db.query<{ id: number }>(
		`insert into sso_connections (kind, name, config, sealed_secret, domains, enforced, enabled, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
		[...valuesOf(secret, input), new Date(now)]
	);
	return rows[0]?.id ?? 0;
}

/** Throws ApiError `not-found`, also where the connection is of the other kind. */
export async function saveConnection(
	tx: Tx,
	secret: Buffer,
	id: number,
	input: ConnectionInput
): Promise<void> {
	const { rowCount } = await tx.query(
		`update sso_connections set name = $2, config = $3, sealed_secret = coalesce($4, sealed_secret), domains = $5,
			enforced = $6, enabled = $7
		where kind = $1 and id = $8`,
		[...valuesOf(secret, input), id]
	);
	if (rowCount !== 1) throw new ApiError('not-found', 'This connection does not exist, or was deleted.');
}

/** Deletes it with what links people to it; their accounts stay. Throws ApiError `not-found`. */
export async function deleteConnection(tx: Tx, id: number): Promise<void> {
	const { rowCount } = await tx.query('delete from sso_connections where id = $1', [id]);
	if (rowCount !== 1) throw new ApiError('not-found', 'This connection does not exist, or was deleted.');
}

function valuesOf(secret: Buffer, input: ConnectionInput): unknown[] {
	const { kind, name, config, domains, enforced, enabled } = input;
	const given = input.kind === 'oidc' ? input.secret : null;
	return [kind, name, config, given === null ? null : seal(secret, given, 'sso'), domains, enforced, enabled];
}

/** The connection through which somebody came in last, where it is still open. */
export async function findOwnConnection(
	db: Db,
	userId: number
): Promise<Pick<Connection, 'id' | 'kind'> | undefined> {
	const { rows } = await db.query<Pick<Connection, 'id' | 'kind'>>(
		`select c.id, c.kind from identities i join sso_connections c on c.id = i.connection_id
		where i.user_id = $1 and c.enabled order by i.last_used_at desc limit 1`,
		[userId]
	);
	return rows[0];
}
