/**
 * Whose account a provider's word opens. It is found by connection, issuer and subject, never by address: an address can be given
 * to somebody else. docs/decisions/0021 says why each case is as it is.
 */
import type { Tx } from '../../db/db.ts';
import { lockTeam } from '../../members/team.ts';
import { isFresh, mayAs, type Role, type UserActor } from '../permissions.ts';
import { domainOf, type Claims } from './claims.ts';
import type { Connection } from './connections.ts';
import { isLastWayBack } from './held.ts';
import { SsoRefused } from './refusal.ts';

export interface SsoAccount {
	id: number;
	name: string;
	role: Role;
	/** Whether the account was made just now, or is the provider's from now on. */
	how: 'known' | 'created' | 'linked';
	/** The role that the groups took away, if they gave another. */
	formerRole: Role | null;
}

interface UserRow {
	id: number;
	name: string;
	email: string;
	role: Role;
	deactivatedAt: Date | null;
}

const USER = 'u.id, u.name, u.email, u.role, u.deactivated_at as "deactivatedAt"';

/**
 * The account for what the provider said; made, linked and given its role where the connection says so. `actor` is who is signed
 * in in this browser already. Throws SsoRefused.
 */
export async function resolveAccount(
	tx: Tx,
	connection: Connection,
	claims: Claims,
	actor: UserActor | null,
	now: number
): Promise<SsoAccount> {
	// One change of the team at a time: two first sign-ins of one person, or two owners who lose their role at once.
	await lockTeam(tx);
	const linked = await findLinked(tx, connection, claims);
	if (linked?.deactivatedAt) throw new SsoRefused('deactivated');
	// Looked at before anything is written, so that somebody who may not come in gets no account.
	const role = linked && connection.config.groups.length === 0 ? linked.role : roleOf(connection, claims);
	if (linked) {
		await noteUse(tx, connection, claims, now);
		return { ...linked, ...(await giveRole(tx, connection, linked, role)), how: 'known' };
	}
	const email = verifiedAddress(connection, claims);
	const owner = await findByAddress(tx, email);
	if (!owner) return createAccount(tx, connection, claims, { email, role, now });
	if (owner.deactivatedAt) throw new SsoRefused('deactivated');
	if (!mayLink(connection, owner, actor, now)) throw new SsoRefused('known');
	await link(tx, connection, claims, owner.id, now);
	return { ...owner, ...(await giveRole(tx, connection, owner, role)), how: 'linked' };
}

async function findLinked(tx: Tx, { id }: Connection, claims: Claims): Promise<UserRow | undefined> {
	const { rows } = await tx.query<UserRow>(
		`select ${USER} from identities i join users u on u.id = i.user_id
		where i.connection_id = $1 and i.issuer = $2 and i.subject = $3`,
		[id, claims.issuer, claims.subject]
	);
	return rows[0];
}

async function noteUse(tx: Tx, { id }: Connection, { issuer, subject }: Claims, now: number): Promise<void> {
	await tx.query(
		'update identities set last_used_at = $4 where connection_id = $1 and issuer = $2 and subject = $3',
		[id, issuer, subject, new Date(now)]
	);
}

/** The first row of the administrator's that one of the groups fits, else the role for everybody else. Throws SsoRefused. */
function roleOf({ config }: Connection, claims: Claims): Role {
	const groups = new Set(claims.groups);
	const role = config.groups.find(({ group }) => groups.has(group))?.role ?? config.defaultRole;
	if (role === null) throw new SsoRefused('role');
	return role;
}

/** The address, where the provider answers for it and it is of a domain that the connection vouches for. Throws SsoRefused. */
function verifiedAddress({ kind, config, domains }: Connection, { email, emailVerified }: Claims): string {
	const trusts = kind === 'oidc' && 'trustsAddresses' in config && config.trustsAddresses;
	if (email === null || !(emailVerified ?? trusts)) throw new SsoRefused('unverified');
	if (!domains.includes(domainOf(email))) throw new SsoRefused('domain');
	return email;
}

async function findByAddress(tx: Tx, email: string): Promise<UserRow | undefined> {
	const { rows } = await tx.query<UserRow>(`select ${USER} from users u where lower(u.email) = lower($1)`, [
		email
	]);
	return rows[0];
}

/**
 * Whether the provider may open an account that was there before it. Its owner showed that it is theirs in this browser, just now;
 * or its domain belongs to the organization, which lets its people in in no other way. An owner's account is never had for an
 * address: whoever sets up connections could else make themselves an owner.
 */
function mayLink(connection: Connection, account: UserRow, actor: UserActor | null, now: number): boolean {
	if (actor?.id === account.id && !actor.isEnrolling && isFresh(actor, now)) return true;
	return connection.enforced && account.role !== 'owner';
}

async function link(tx: Tx, { id }: Connection, claims: Claims, userId: number, now: number): Promise<void> {
	await tx.query(
		`insert into identities (connection_id, issuer, subject, user_id, created_at, last_used_at)
		values ($1, $2, $3, $4, $5, $5)`,
		[id, claims.issuer, claims.subject, userId, new Date(now)]
	);
}

interface NewAccount {
	email: string;
	role: Role;
	now: number;
}

async function createAccount(
	tx: Tx,
	connection: Connection,
	claims: Claims,
	{ email, role, now }: NewAccount
): Promise<SsoAccount> {
	const name = claims.name ?? email.slice(0, email.lastIndexOf('@'));
	const { rows } = await tx.query<{ id: number }>(
		'insert into users (email, name, role, created_at) values ($1, $2, $3, $4) returning id',
		[email, name, role, new Date(now)]
	);
	const id = rows[0]?.id ?? 0;
	await link(tx, connection, claims, id, now);
	return { id, name, role, how: 'created', formerRole: null };
}

/**
 * Keeps the role in step with the groups, where groups give roles at all. The last owner who can come in without the provider
 * stays one. What somebody invited whom their new role may not invite is over, as when the team changes a role.
 */
async function giveRole(
	tx: Tx,
	{ config }: Connection,
	user: UserRow,
	role: Role
): Promise<{ role: Role; formerRole: Role | null }> {
	const stays = { role: user.role, formerRole: null };
	if (config.groups.length === 0 || role === user.role) return stays;
	if (user.role === 'owner' && (await isLastWayBack(tx, user.id))) return stays;
	await tx.query('update users set role = $2 where id = $1', [user.id, role]);
	if (!mayAs(role, 'members.manage'))
		await tx.query('delete from invitations where invited_by = $1', [user.id]);
	return { role, formerRole: user.role };
}
