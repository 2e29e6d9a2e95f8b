/** Who is in the team, and who is invited. */
import type { Db } from '../db/db.ts';
import type { Role } from '../auth/permissions.ts';
import type { Member } from './team.ts';

export interface ListedMember extends Member {
	/** When they last did something; null for never. */
	lastSeenAt: Date | null;
	hasSecondFactor: boolean;
}

/** Everybody: those who can come in first, by name. */
export async function listMembers(db: Db): Promise<ListedMember[]> {
	const { rows } = await db.query<ListedMember>(
		`select u.id, u.name, u.email, u.role, u.deactivated_at as "deactivatedAt",
			exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null)
				or exists (select from passkeys p where p.user_id = u.id) as "hasSecondFactor",
			greatest(
				(select max(s.last_seen_at) from sessions s where s.user_id = u.id),
				-- Sessions are forgotten when they are over; the log is not.
				(select max(a.at) from audit_log a where a.actor_kind = 'user' and a.actor_id = u.id::text)
			) as "lastSeenAt"
		from users u order by u.deactivated_at is not null, lower(u.name), u.id`
	);
	return rows;
}

export interface OpenInvitation {
	id: string;
	email: string;
	role: Role;
	invitedBy: string | null;
	expiresAt: Date;
}

/** Those that nobody accepted yet, also when they are too old by now: they can be sent anew. */
export async function listInvitations(db: Db): Promise<OpenInvitation[]> {
	const { rows } = await db.query<OpenInvitation>(
		`select i.id, i.email, i.role, u.name as "invitedBy", i.expires_at as "expiresAt"
		from invitations i left join users u on u.id = i.invited_by order by i.created_at desc, i.id`
	);
	return rows;
}
