/**
 * The parts of a message that depend on how it is sent, marked in the compiled text: marketing has an unsubscribe link, care
 * says why it came, a preview has no pixel. Marks are private-use characters, which the block schema refuses in what people write.
 */

export type Section = 'marketing' | 'care' | 'tracked';

/** Why the reader got it, in their words. */
export const CARE_REASON = 'This message is about your care or your account with us.';
export const MARKETING_REASON = 'You get this because you agreed to news and offers from us.';

const letterOf = { marketing: 'm', care: 'c', tracked: 't' } as const satisfies Record<Section, string>;
const sectionOf = { m: 'marketing', c: 'care', t: 'tracked' } as const;
const START = '\uE002';
const END = '\uE003';

/** `text`, there only in messages of that kind. */
export const section = (name: Section, text: string): string => sectionStart(name) + text + SECTION_END;
export const sectionStart = (name: Section): string => START + letterOf[name];
export const SECTION_END = END;

/** A compiled text in its parts, in order; those of a section say of which. Sections do not nest. */
export function cutSections(text: string): { section: Section | null; text: string }[] {
	return text
		.split(/(\uE002[mct][^\uE003]*\uE003)/)
		.filter((part) => part !== '')
		.map((part) => {
			if (!part.startsWith(START)) return { section: null, text: part };
			return { section: sectionOf[part.charAt(1) as keyof typeof sectionOf], text: part.slice(2, -1) };
		});
}
