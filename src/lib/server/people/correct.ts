/** Corrections by hand: a person's right (45 CFR 164.526), and a clinic's daily work. */
import { ApiError } from '../api/errors.ts';
import type { Tx } from '../db/db.ts';
import { pointer } from '../http/pointer.ts';
import { hasType, typeInWords } from '../ingest/attribute-type.ts';
import { writeContacts, type ContactPatch } from '../ingest/contacts.ts';
import type { Vault } from '../seal/vault.ts';
import { uncover } from './covered.ts';
import { getPerson } from './person.ts';
import { loadAttributes, type AttributeRow } from './registry.ts';
import type { Sight } from './sight.ts';

export interface Correction extends Pick<
	ContactPatch,
	'name' | 'email' | 'phone' | 'timezone' | 'attributes'
> {
	id: number;
	/** Of the person as it was seen when the correction was written. */
	revision: number;
}

/**
 * Writes what a person said in a form, and gives the names of what is different now. Throws ApiError `person.stale` when
 * somebody else wrote meanwhile, and `input.invalid` for an attribute that nobody defined, is not the writer's to see, or
 * can't hold its value.
 */
export async function correctPerson(
	tx: Tx,
	vault: Vault,
	sight: Sight,
	{ id, revision, ...patch }: Correction,
	now: number
): Promise<string[]> {
	const person = await getPerson({ pool: tx, vault }, id, true);
	if (person.revision !== revision)
		throw new ApiError(
			'person.stale',
			'This person was changed meanwhile. Load the page again and look at what is there now.'
		);
	checkAttributes(patch.attributes ?? {}, await loadAttributes(tx), sight);
	// Two writes in one millisecond must not look like one.
	const at = Math.max(now, Math.floor(revision / 1000) + 1);
	const { publicId } = uncover(person.facts);
	const { changes } = await writeContacts(tx, vault, [{ id: publicId, ...patch }], at);
	return changes.flatMap(({ fields }) => fields);
}

function checkAttributes(
	attributes: Record<string, unknown>,
	registry: readonly AttributeRow[],
	sight: Sight
): void {
	const known = new Map(registry.map((attribute) => [attribute.key, attribute]));
	for (const [key, value] of Object.entries(attributes)) {
		const attribute = known.get(key);
		const path = pointer(['attributes', key]);
		if (!attribute?.definedAt)
			throw new ApiError('input.invalid', 'Nobody has defined this attribute yet.', { path });
		if (!sight.mayShow(attribute))
			throw new ApiError(
				'auth.forbidden',
				`“${attribute.label}” is specially protected: an owner writes it.`,
				{
					path
				}
			);
		if (!hasType(value, attribute.type))
			throw new ApiError('input.invalid', `“${attribute.label}” should be ${typeInWords[attribute.type]}.`, {
				path
			});
	}
}
