/** Why somebody wanted to see what is covered: a code out of a short list, and a person's own words, which may hold PHI. */
import { openJson, placesIn, sealJson } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';

export const REASONS = ['treatment', 'support', 'correction', 'audit', 'other'] as const;
export type Reason = (typeof REASONS)[number];

// The log's chain binds the words to their entry; here the place only says what they are.
const place = placesIn('audit_log', 'reason_sealed')('words');

/** A person's words for the audit log, sealed with the workspace's key. */
export function sealReason(vault: Vault, words: string): Buffer {
	return sealJson(vault.workspaceKey(), place, words);
}

/** The words of an entry. Throws a SealError for bytes that were changed. */
export async function openReason(vault: Vault, sealed: Buffer): Promise<string> {
	return String(openJson(await vault.workspaceKeyOf(sealed), place, sealed));
}
