/** What can be wrong with the log or its checkpoints. The codes are public. */

/** In which of the two something was found. */
export type AuditSource = 'log' | 'checkpoints';

export interface AuditFault {
	code: AuditFaultCode;
	source: AuditSource;
	/** The entry that it is about. */
	id?: number;
	/** The line in the file that was read, from 1. */
	line?: number;
	message: string;
}

export type AuditFaultCode = keyof typeof sentences;

const sentences = {
	/** A line that is no entry as an export writes it. */
	'entry.unreadable': 'This line is no entry of an audit log.',
	/** The entry's own hash is another than its contents give. */
	'entry.changed': 'This entry was changed after it was written.',
	/** Entries between this one and the one before are gone. */
	'entry.gap': 'Entries before this one are missing.',
	/** The entry's id is not above the one before it. */
	'entry.order': 'This entry is not in its place.',
	/** The entry does not follow from the one before it, though each holds together by itself. */
	'entry.chain': 'This entry does not follow from the one before it.',
	/** The log begins after 1, and no signed checkpoint says that the older ones were let go. */
	'entry.start':
		'The entries before this one are missing, and no signed checkpoint says that they were let go.',
	/** The entry's hash is another than the one that was signed. */
	'entry.rewritten': 'This entry is another than the one that a checkpoint signed: the log was rewritten.',
	/** A checkpoint signed an entry that comes after the last one. */
	'entry.cut': 'The log ends before an entry that a checkpoint signed: its end was cut off.',
	/** A line that is no checkpoint. */
	'checkpoint.unreadable': 'This line is no checkpoint.',
	/** Signed with a key that is not among the public keys. */
	'checkpoint.key': 'This checkpoint is signed with an unknown key.',
	/** The signature is not of this checkpoint. */
	'checkpoint.forged': 'This checkpoint was changed or forged: its signature does not fit.',
	/** It signs an earlier entry than the checkpoint before it. */
	'checkpoint.backwards': 'This checkpoint goes back behind the one before it.',
	/** It signs another hash of an entry than a checkpoint before it. */
	'checkpoint.contradicts':
		'This checkpoint says another thing of its entry than one before it: the log was rewritten.',
	/** It counts other entries than there were. */
	'checkpoint.count': 'This checkpoint counts other entries than there were.'
};

export function faultOf(code: AuditFaultCode, place: { id?: number; line?: number } = {}): AuditFault {
	const source = code.startsWith('entry.') ? 'log' : 'checkpoints';
	return { code, source, ...place, message: sentences[code] };
}
