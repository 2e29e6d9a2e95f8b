/** Says what an attribute is: its type, and what it tells about a person. */
import type { AttributeType } from '$lib/journey/index.ts';
import { ApiError } from '../api/errors.ts';
import type { Store } from '../app.ts';
import type { Tx } from '../db/db.ts';
import { typeInWords } from '../ingest/attribute-type.ts';
import { countMisfits } from './holders.ts';
import type { AttributeRow, AttributeTag, SensitiveKind } from './registry.ts';

export interface Definition {
	label: string;
	type: AttributeType;
	tag: AttributeTag;
	/** Only for the tag `sensitive`. */
	sensitiveKind: SensitiveKind | null;
}

/** Throws ApiError `not-found`. */
export async function getAttribute(tx: Tx, key: string): Promise<AttributeRow> {
	const found = await findAttribute(tx, key);
	if (!found) throw new ApiError('not-found', 'There is no such attribute.');
	return found;
}

/** Locks it: whoever changes the same attribute waits. */
export async function findAttribute(tx: Tx, key: string): Promise<AttributeRow | undefined> {
	const { rows } = await tx.query<AttributeRow>(
		`select key, label, type, tag, sensitive_kind as "sensitiveKind", defined_at as "definedAt", retagging
		from attributes where key = $1 for update`,
		[key]
	);
	return rows[0];
}

/** Throws ApiError `input.invalid` with how many people have a value that `type` can't hold. */
export async function requireFit(store: Store, key: string, type: AttributeType): Promise<void> {
	const { misfits, holders } = await countMisfits(store, key, type);
	if (misfits === 0) return;
	const people = misfits === 1 ? '1 person has' : `${misfits.toLocaleString('en')} people have`;
	throw new ApiError(
		'input.invalid',
		`${people} a value that is not ${typeInWords[type]}, of ${holders.toLocaleString('en')} who have one. Choose another type, or correct them first.`,
		{ path: '/type' }
	);
}

/** Writes what was said; true when values must be moved now, by `retag`. */
export async function writeDefinition(
	tx: Tx,
	key: string,
	{ label, type, tag, sensitiveKind }: Definition,
	was: AttributeRow | undefined,
	now: number
): Promise<boolean> {
	const isMoving = was !== undefined && (was.tag === 'none') !== (tag === 'none');
	await tx.query(
		`insert into attributes (key, label, type, tag, sensitive_kind, defined_at, created_at)
		values ($1, $2, $3, $4, $5, $6, $6)
		on conflict (key) do update set label = $2, type = $3, tag = $4, sensitive_kind = $5,
			defined_at = coalesce(attributes.defined_at, $6), retagging = attributes.retagging or $7`,
		[key, label, type, tag, sensitiveKind, new Date(now), isMoving]
	);
	return isMoving;
}
