/** One link of the chain: whether an entry is whole and follows from the one before it. */
import { hashOf, NO_HASH, type AuditRecord } from './encode.ts';
import type { AuditFaultCode } from './faults.ts';
import type { AuditHead } from './row.ts';

/** What comes before the first entry. */
export const BEFORE_ALL: AuditHead = { id: 0, hash: NO_HASH };

/** What is wrong with `record` as the entry after `previous`, if anything. */
export function findLinkFault(previous: AuditHead, record: AuditRecord): AuditFaultCode | undefined {
	if (record.id <= previous.id) return 'entry.order';
	if (record.id !== previous.id + 1) return 'entry.gap';
	if (!isWhole(record)) return 'entry.changed';
	if (record.previousHash !== previous.hash) return 'entry.chain';
	return undefined;
}

function isWhole(record: AuditRecord): boolean {
	try {
		return hashOf(record) === record.hash;
	} catch (error) {
		// Nobody wrote an address that is none.
		if (error instanceof RangeError) return false;
		throw error;
	}
}
