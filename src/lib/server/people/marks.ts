/** The blind indexes of the tables about people, made once for each vault. */
import type { EqualityIndex, NameIndex } from '../seal/blind-index.ts';
import type { Vault } from '../seal/vault.ts';

export interface Marks {
	/** The id in the clinic's own system; it may be a record number, so it is looked up by its mark too. */
	publicId: EqualityIndex;
	/** Of contacts and of suppressions alike, so that one can be looked up by the other. */
	email: EqualityIndex;
	phone: EqualityIndex;
	name: NameIndex;
	/** The value of a trigger's key, which comes out of an event's payload. */
	entryKey: EqualityIndex;
	/** The key by which a source tells an event again. */
	eventKey: EqualityIndex;
}

const marksByVault = new WeakMap<Vault, Marks>();

export function marksOf(vault: Vault): Marks {
	let marks = marksByVault.get(vault);
	if (!marks) marksByVault.set(vault, (marks = makeMarks(vault)));
	return marks;
}

function makeMarks({ index }: Vault): Marks {
	return {
		publicId: index.equality('contacts', 'public_id', 'exact'),
		email: index.equality('contacts', 'email', 'email'),
		phone: index.equality('contacts', 'phone', 'phone'),
		name: index.names('contacts', 'name'),
		entryKey: index.equality('enrollment_keys', 'key', 'exact'),
		eventKey: index.equality('event_keys', 'key', 'exact')
	};
}
