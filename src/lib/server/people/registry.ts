/** What the registry of attributes says of each: whether it is about somebody's health, and whether a person said so. */
import type { AttributeType } from '$lib/journey/index.ts';
import type { Db } from '../db/db.ts';

export const ATTRIBUTE_TAGS = ['none', 'limited', 'phi', 'sensitive'] as const;
export type AttributeTag = (typeof ATTRIBUTE_TAGS)[number];

/**
 * Which attributes may stand readable in the database: those that a person tagged `none`. A limited one is sealed too: a
 * date of birth and a town still point at somebody (45 CFR 164.514(e)).
 */
export async function loadPlainKeys(db: Db): Promise<(key: string) => boolean> {
	const { rows } = await db.query<{ key: string }>(`select key from attributes where tag = 'none'`);
	const plain = new Set(rows.map((row) => row.key));
	return (key) => plain.has(key);
}

export const SENSITIVE_KINDS = ['substance-use', 'mental-health', 'hiv', 'reproductive', 'genetic'] as const;
export type SensitiveKind = (typeof SENSITIVE_KINDS)[number];

export interface AttributeRow {
	key: string;
	label: string;
	type: AttributeType;
	tag: AttributeTag;
	/** Which further law protects it; only where the tag is `sensitive`. */
	sensitiveKind: SensitiveKind | null;
	/** Null while it is in quarantine: it came with somebody, and nobody has said what it is. */
	definedAt: Date | null;
	/** While its values are being moved to where the tag says. */
	retagging: boolean;
}

/** All attributes, by label. */
export async function loadAttributes(db: Db): Promise<AttributeRow[]> {
	const { rows } = await db.query<AttributeRow>(
		`select key, label, type, tag, sensitive_kind as "sensitiveKind", defined_at as "definedAt", retagging
		from attributes order by label, key`
	);
	return rows;
}
