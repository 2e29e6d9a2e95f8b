/** What a commit of the intake tells the audit log: who changed which contacts. */
import type { AuditEntry } from '../audit/entry.ts';
import type { ContactChange } from './contacts.ts';

/** Who changed which contacts, by the requests' source. */
export type Written = Map<string, ContactChange[]>;

/** Notes which of `patched` were changed; `changes` are of all of them together. */
export function noteChanges(
	written: Written,
	patched: readonly { source: string; id: number }[],
	changes: readonly ContactChange[]
): void {
	const changeById = new Map(changes.map((change) => [change.id, change]));
	for (const { source, id } of new Map(patched.map((each) => [`${each.source} ${each.id}`, each])).values()) {
		const change = changeById.get(id);
		if (change) written.set(source, [...(written.get(source) ?? []), change]);
	}
}

/**
 * One entry a source for a whole commit. Of the events themselves their rows tell who sent them, and never change. `now` in
 * ms.
 */
export function entriesOf(written: Written, now: number): AuditEntry[] {
	return [...written].map(([source, changes]) => {
		const [kind = '', id = ''] = source.split(':');
		return {
			at: now,
			actor: { kind: kind === 'user' ? ('user' as const) : ('key' as const), id },
			action: 'contact.write',
			subject: { kind: 'contact', ids: changes.map((change) => String(change.id)) },
			fields: [...new Set(changes.flatMap((change) => change.fields))].sort()
		};
	});
}
