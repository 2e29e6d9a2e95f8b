/** The contacts and attribute types that a batch of requests speaks of, read once for all of them. */
import type { AttributeType } from '$lib/journey/index.ts';
import { ApiError } from '../api/errors.ts';
import type { Tx } from '../db/db.ts';
import { pointer } from '../http/pointer.ts';
import { markOfId } from '../people/contact-store.ts';
import type { Vault } from '../seal/vault.ts';
import { hasType, typeInWords } from './attribute-type.ts';
import type { ContactPatch } from './contacts.ts';
import type { IntakeEvent } from './event-input.ts';

export class ContactBook {
	private readonly idByPublicId: Map<string, number | null>;
	/** Of the attributes that somebody defined; what is in quarantine is kept whatever it is. */
	readonly typeByKey: ReadonlyMap<string, AttributeType>;

	constructor(ids: Map<string, number | null>, types: Map<string, AttributeType>) {
		this.idByPublicId = ids;
		this.typeByKey = types;
	}

	has(publicId: string): boolean {
		return this.idByPublicId.has(publicId);
	}

	/** Notes a contact that an accepted request will make or merge. */
	bring(patch: ContactPatch): void {
		if (!this.has(patch.id)) this.idByPublicId.set(patch.id, null);
	}

	know(publicId: string, id: number | undefined): void {
		if (id !== undefined) this.idByPublicId.set(publicId, id);
	}

	idOf(publicId: string): number {
		const id = this.idByPublicId.get(publicId);
		if (id === undefined || id === null) throw new Error('A contact of an accepted request has no id.');
		return id;
	}
}

export async function loadContactBook(
	tx: Tx,
	vault: Vault,
	intakes: readonly { events: readonly IntakeEvent[] }[]
): Promise<ContactBook> {
	const events = intakes.flatMap((intake) => intake.events);
	const named = [...new Set(events.filter((event) => !event.patch).map((event) => event.contactId))];
	const keys = [...new Set(events.flatMap((event) => Object.keys(event.patch?.attributes ?? {})))];
	const ids = new Map<string, number | null>();
	const types = new Map<string, AttributeType>();
	if (named.length > 0) {
		const idByMark = new Map(named.map((id) => [markOfId(vault, id).toString('hex'), id]));
		const { rows } = await tx.query<{ mark: Buffer; id: number }>(
			'select public_id_mark as mark, id from contacts where public_id_mark = any($1::bytea[])',
			[named.map((id) => markOfId(vault, id))]
		);
		for (const row of rows) ids.set(idByMark.get(row.mark.toString('hex')) ?? '', row.id);
	}
	if (keys.length > 0) {
		const { rows } = await tx.query<{ key: string; type: AttributeType }>(
			'select key, type from attributes where key = any($1::text[]) and defined_at is not null',
			[keys]
		);
		for (const row of rows) types.set(row.key, row.type);
	}
	return new ContactBook(ids, types);
}

/** The refusal of the first attribute whose value is not of the attribute's type, with its path under `path`. */
export function checkAttributes(
	book: ContactBook,
	patch: ContactPatch,
	path: readonly PropertyKey[]
): ApiError | null {
	for (const [key, value] of Object.entries(patch.attributes ?? {})) {
		const type = book.typeByKey.get(key);
		if (!type || hasType(value, type)) continue;
		return new ApiError('input.invalid', `This attribute is ${typeInWords[type]}.`, {
			path: pointer([...path, 'attributes', key])
		});
	}
	return null;
}
