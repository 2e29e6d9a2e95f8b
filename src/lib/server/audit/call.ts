/** Who did something, when and from where: what all entries of one call have in common. */
import type { Clock } from '../app.ts';
import type { Actor } from '../auth/permissions.ts';
import type { AuditActor, AuditEntry } from './entry.ts';

/** The request that an act came with; nulls where there was none, or where it is not known. */
export interface Call {
	ip: string | null;
	requestId: string | null;
}

/** What one act adds to what is known of its call. */
export type AuditAct = Omit<AuditEntry, 'at' | 'actor' | 'ip' | 'requestId'>;
export type MakeEntry = (act: AuditAct) => AuditEntry;

const noCall: Call = { ip: null, requestId: null };

/** Makes the entries of `actor`'s call, each at the clock's time. */
export function entriesBy(actor: AuditActor, clock: Clock, { ip, requestId }: Call = noCall): MakeEntry {
	return (act) => ({ at: clock.now(), actor, ip, requestId, ...act });
}

/** Makes the entries of what the product does by itself; `job` says which part of it. */
export function systemEntries(job: string, clock: Clock): MakeEntry {
	return entriesBy({ kind: 'system', id: job }, clock);
}

/** An actor as the log keeps them: by id, with the name they had then. */
export function auditActorOf({ kind, id, name }: Pick<Actor, 'kind' | 'id' | 'name'>): AuditActor {
	return { kind, id: String(id), name };
}
