import type { Tx } from '../db/db.ts';
import type { AttributeTag } from '../people/registry.ts';

/** What the sample clinic knows about a person: the registry's rows. A name alone says nothing about anybody's health. */
export const sampleAttributes = [
	{ key: 'firstName', label: 'First name', type: 'text', tag: 'none' },
	{ key: 'lastName', label: 'Last name', type: 'text', tag: 'none' },
	{ key: 'preferredLanguage', label: 'Preferred language', type: 'text', tag: 'none' },
	{ key: 'birthday', label: 'Birthday', type: 'date', tag: 'limited' },
	{ key: 'gender', label: 'Gender', type: 'text', tag: 'phi' },
	{ key: 'city', label: 'City', type: 'text', tag: 'limited' },
	{ key: 'state', label: 'State', type: 'text', tag: 'limited' },
	{ key: 'clinician', label: 'Usual clinician', type: 'text', tag: 'phi' },
	{ key: 'insurer', label: 'Health plan', type: 'text', tag: 'phi' },
	{ key: 'deceased', label: 'Deceased', type: 'boolean', tag: 'phi' }
] as const satisfies {
	key: string;
	label: string;
	type: 'text' | 'number' | 'boolean' | 'date' | 'datetime' | 'list';
	tag: AttributeTag;
}[];

/** A person's values, by the keys of `sampleAttributes`; what is not known is not there. */
export type SampleAttributes = Partial<Record<(typeof sampleAttributes)[number]['key'], string | boolean>>;

/** Adds those of `attributes` that the workspace does not have; the ones it has stay as they are. `now` in ms. */
export async function registerAttributes(
	tx: Tx,
	attributes: readonly (typeof sampleAttributes)[number][],
	now: number
): Promise<void> {
	await tx.query(
		`insert into attributes (key, label, type, tag, created_at, defined_at)
		select i.*, $5, $5 from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as i on conflict do nothing`,
		[
			attributes.map((attribute) => attribute.key),
			attributes.map((attribute) => attribute.label),
			attributes.map((attribute) => attribute.type),
			attributes.map((attribute) => attribute.tag),
			new Date(now)
		]
	);
}
