import { openReason } from '../people/reason.ts';
import { isSealError } from '../seal/errors.ts';
import type { Vault } from '../seal/vault.ts';
import type { AuditRecord } from './encode.ts';

/** Why, in somebody's own words. `lost`: there were words, and nothing opens them any more. */
export type OwnWords = { text: string } | { lost: true };

/** The words that were sealed with an entry, for whoever may read the log; null when there are none. */
export async function openOwnWords(
	vault: Vault,
	{ reasonSealed }: Pick<AuditRecord, 'reasonSealed'>
): Promise<OwnWords | null> {
	if (reasonSealed === null) return null;
	try {
		return { text: await openReason(vault, Buffer.from(reasonSealed, 'base64')) };
	} catch (error) {
		if (!isSealError(error)) throw error;
		return { lost: true };
	}
}
