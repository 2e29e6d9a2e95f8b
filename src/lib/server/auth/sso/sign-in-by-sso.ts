/** The end of a sign-in through a provider: the session, and what the audit log is told of it. */
import type { App } from '../../app.ts';
import { auditActorOf, entriesBy, type Call } from '../../audit/call.ts';
import { inAuditedTransaction } from '../../audit/record.ts';
import type { UserActor } from '../permissions.ts';
import { createSession, endSession, type Place, type Session } from '../session.ts';
import type { Claims } from './claims.ts';
import type { Connection } from './connections.ts';
import { resolveAccount, type SsoAccount } from './identity.ts';
import { SsoRefused } from './refusal.ts';

export interface Visitor {
	call: Call & Place;
	/** The session that the browser is in already; it ends as the new one begins. */
	session: Session | null;
	actor: UserActor | null;
}

/**
 * Starts a session for whom the provider named and gives the cookie's value. A provider asks for its own second factor, so the
 * session is open at once; it is as fresh as the provider's own sign-in was, and not at all where that is not told. Throws SsoRefused, which is in the log with the connection and a code.
 */
export async function signInBySso(
	app: App,
	connection: Connection,
	askClaims: () => Promise<Claims>,
	{ call, session, actor }: Visitor
): Promise<string> {
	return noteRefusal(app, connection, call, async () => {
		const claims = await askClaims();
		return inAuditedTransaction(app.pool, async (tx, audit) => {
			const now = app.clock.now();
			const account = await resolveAccount(tx, connection, claims, actor, now);
			const { id, name } = account;
			const entry = entriesBy(auditActorOf({ kind: 'user', id, name }), app.clock, call);
			for (const act of actsOf(connection, account)) audit(entry(act));
			// A new session for every sign-in: a cookie planted before it opens nothing.
			if (session) await endSession(tx, session.id);
			const provedAt = Math.min(claims.authAt ?? 0, now);
			return createSession(tx, { userId: id, way: 'sso', proved: true, provedAt, place: call }, now);
		});
	});
}

function actsOf({ id: connection }: Connection, { id, how, role, formerRole }: SsoAccount) {
	const subject = { kind: 'user', ids: [String(id)] };
	const details = { connection };
	return [
		...(how === 'created' ? [{ action: 'sso.account', subject, details: { ...details, role } }] : []),
		...(how === 'linked' ? [{ action: 'sso.link', subject, details }] : []),
		...(formerRole
			? [{ action: 'sso.role', subject, details: { ...details, from: formerRole, to: role } }]
			: []),
		{ action: 'session.sign-in', details: { way: 'sso', ...details } }
	];
}

/** Runs what may be refused, and writes the refusal down before it goes on. */
export async function noteRefusal<T>(
	app: App,
	{ id: connection }: Connection,
	call: Call,
	work: () => Promise<T>
): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof SsoRefused)) throw error;
		const { code, fault } = error;
		const entry = entriesBy({ kind: 'system', id: 'sign-in' }, app.clock, call);
		await inAuditedTransaction(app.pool, async (_, audit) =>
			audit(
				entry({
					action: 'session.refuse',
					reason: `sso-${code}`,
					details: { connection, ...(fault && { fault }) }
				})
			)
		);
		throw error;
	}
}
