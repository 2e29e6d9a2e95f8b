/** An attribute in the form of a correction: what is typed, and what it means. Pure. */
import type { AttributeType } from '$lib/journey/index.ts';

export interface AttributeDraft {
	key: string;
	label: string;
	type: AttributeType;
	/** What is kept is not shown here: an empty field leaves it as it is. */
	isCovered: boolean;
	/** As it stood in the form at first. */
	was: string;
	text: string;
	isRemoved: boolean;
}

export type AttributeValue = string | number | boolean | (string | number)[] | null;

export function draftOf(attribute: {
	key: string;
	label: string;
	type: AttributeType;
	masked: boolean;
	raw: unknown;
}): AttributeDraft {
	const { key, label, type, masked, raw } = attribute;
	const text = masked ? '' : asText(raw);
	return { key, label, type, isCovered: masked, was: text, text, isRemoved: false };
}

/** What is different, by key; null takes an attribute away. Text that is no number stays text, for the server to name. */
export function valuesOf(drafts: readonly AttributeDraft[]): Record<string, AttributeValue> {
	return Object.fromEntries(
		drafts.flatMap((draft): [string, AttributeValue][] => {
			if (draft.isRemoved) return [[draft.key, null]];
			if (draft.text.trim() === draft.was) return [];
			return [[draft.key, asValue(draft)]];
		})
	);
}

function asText(raw: unknown): string {
	return Array.isArray(raw) ? raw.join(', ') : raw === null || raw === undefined ? '' : String(raw);
}

function asValue({ type, text }: AttributeDraft): AttributeValue {
	const typed = text.trim();
	if (typed === '') return null;
	if (type === 'number') return Number.isFinite(Number(typed)) ? Number(typed) : typed;
	if (type === 'boolean') return typed === 'true';
	if (type === 'list')
		return typed
			.split(',')
			.map((item) => item.trim())
			.filter((item) => item !== '');
	return typed;
}
