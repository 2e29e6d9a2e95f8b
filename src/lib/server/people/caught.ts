/** Caught mails at rest: sealed with the key of the person they were for, or the workspace's where they were for nobody. */
import type { KeyBatch } from '../seal/contact-keys.ts';
import { openBytes, openJson, placesIn, sealBytes, sealJson, type SealingKey } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';

/** What a list shows of a mail. */
export interface MailHead {
	from: string;
	to: string[];
	subject: string;
}

const heads = placesIn('caught_mails', 'head');
const mails = placesIn('caught_mails', 'sealed');

export interface CaughtColumns {
	id: number;
	contact_id: number | null;
	head: Buffer;
}

export async function sealMail(
	vault: Vault,
	id: number,
	contactId: number | null,
	mail: { head: MailHead; raw: Buffer }
): Promise<{ head: Buffer; sealed: Buffer }> {
	const key =
		contactId === null ? vault.workspaceKey() : (await vault.keysToSeal([contactId])).get(contactId);
	return { head: sealJson(key, heads(id), mail.head), sealed: sealBytes(key, mails(id), mail.raw) };
}

/** The heads of a page of mails. Throws a SealError for one that was tampered with. */
export async function openHeads(vault: Vault, rows: readonly CaughtColumns[]): Promise<MailHead[]> {
	const keys = await vault.keysToOpen(rows.flatMap((row) => row.contact_id ?? []));
	const heads: MailHead[] = [];
	for (const row of rows) heads.push(await openHead(vault, keys, row));
	return heads;
}

async function openHead(vault: Vault, keys: KeyBatch, row: CaughtColumns): Promise<MailHead> {
	return openJson(await keyOf(vault, keys, row, row.head), heads(row.id), row.head) as MailHead;
}

/** The mail as it went over the wire. */
export async function openMail(vault: Vault, row: CaughtColumns & { sealed: Buffer }): Promise<Buffer> {
	const keys = await vault.keysToOpen(row.contact_id === null ? [] : [row.contact_id]);
	return openBytes(await keyOf(vault, keys, row, row.sealed), mails(row.id), row.sealed);
}

async function keyOf(
	vault: Vault,
	keys: KeyBatch,
	{ contact_id }: CaughtColumns,
	sealed: Buffer
): Promise<SealingKey> {
	return contact_id === null ? vault.workspaceKeyOf(sealed) : keys.get(contact_id);
}
