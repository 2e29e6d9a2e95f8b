/** Invitations: a mailed link, good once and for a week. Its secret stands in the fragment, which no server or proxy is sent. */
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Actor, Role } from '../auth/permissions.ts';
import { roleWords } from '../auth/role-words.ts';
import { makeToken } from '../auth/secret-token.ts';
import type { Db } from '../db/db.ts';
import { loadSender } from '../mail/sender.ts';
import { mailTeam, type TeamLetter } from '../mail/team-mail.ts';
import { beginChange } from './team.ts';

const DAY_MS = 24 * 60 * 60_000;
/** How long an invitation is good (milliseconds). */
export const INVITATION_MS = 7 * DAY_MS;

export interface Invited {
	id: string;
	/** The whole of it, shown to whoever invited and nowhere else. */
	link: string;
	expiresAt: Date;
	/** Whether a mail server took the mail, or the catcher did. */
	isMailed: boolean;
}

/**
 * Invites an address; a link that it had before is replaced. The mail goes out after the commit, and when none can the link is
 * there to be handed over. Throws ApiError `conflict` where somebody has the address already.
 */
export async function invite(
	app: App,
	actor: Actor,
	{ email, role }: { email: string; role: Role },
	entry: MakeEntry
): Promise<Invited> {
	const token = makeToken();
	const now = app.clock.now();
	const expiresAt = new Date(now + INVITATION_MS);
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const self = await beginChange(tx, actor);
		await mustBeNew(tx, email);
		await tx.query(
			`insert into invitations (id, secret_hash, email, role, invited_by, created_at, expires_at)
			values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (lower(email)) do update set id = excluded.id, secret_hash = excluded.secret_hash, email = excluded.email,
				role = excluded.role, invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at`,
			[token.id, token.secretHash, email, role, self.id, new Date(now), expiresAt]
		);
		const subject = { kind: 'invitation', ids: [token.id] };
		audit(entry({ action: 'member.invite', subject, details: { role } }));
	});
	const link = `${app.publicUrl}/join#${token.whole}`;
	const workspace = (await loadSender(app.pool)).name;
	const letter = letterOf(workspace, actor.name, role, link);
	const { outcome, reason } = await mailTeam(app, { name: null, email }, letter);
	if (outcome !== 'sent') app.log.error({ outcome, reason }, 'an invitation did not go out');
	return { id: token.id, link, expiresAt, isMailed: outcome === 'sent' };
}

async function mustBeNew(db: Db, email: string): Promise<void> {
	const { rows } = await db.query<{ isGone: boolean }>(
		'select deactivated_at is not null as "isGone" from users where lower(email) = lower($1)',
		[email]
	);
	const [known] = rows;
	if (known?.isGone)
		throw new ApiError('conflict', 'Somebody with this address was deactivated. Reactivate them instead.', {
			path: '/email'
		});
	if (known)
		throw new ApiError('conflict', 'Somebody with this address is in the team already.', { path: '/email' });
}

/** Ends an invitation before it is accepted. Throws ApiError `not-found`. */
export async function revokeInvitation(app: App, actor: Actor, id: string, entry: MakeEntry): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		await beginChange(tx, actor);
		const { rowCount } = await tx.query('delete from invitations where id = $1', [id]);
		if (rowCount !== 1)
			throw new ApiError('not-found', 'This invitation was accepted, replaced or revoked meanwhile.');
		audit(entry({ action: 'member.revoke-invitation', subject: { kind: 'invitation', ids: [id] } }));
	});
}

function letterOf(workspace: string, inviter: string, role: Role, link: string): TeamLetter {
	const { label, sentence } = roleWords[role];
	// A workspace that nobody named is called as the product is.
	const place = workspace === 'Stepwell' ? workspace : `the Stepwell of ${workspace}`;
	return {
		subject: `${inviter} invites you to Stepwell`,
		lines: [
			`${inviter} invites you to ${place}, where patient journeys are drawn and run.`,
			`Your role: ${label}. ${sentence}`
		],
		link: { label: 'Accept the invitation', href: link },
		small:
			'The link works once, and for seven days. If you don’t know why you got it, leave it be: without it nothing happens.',
		opensDoor: true
	};
}
