/** What the texts in the settings of steps read of a contact. */
import { at, diagnose } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';
import { meantAttribute } from './attributes.ts';
import { attributeKeysOf, liquidTextsOf, pathOfText, readLiquid } from './liquid-texts.ts';

/** What a contact has beside its attributes. */
const OWN = ['name', 'email', 'phone', 'timezone'];
/** What else a text may read. */
const ROOTS = ['contact', 'trigger', 'journey', 'links'];

export function checkTexts(analysis: Analysis): void {
	for (const { step, index } of analysis.graph.steps) {
		if (!step) continue;
		for (const text of liquidTextsOf(step)) {
			const path = pathOfText(at('/steps', index, 'config'), text);
			const reading = readLiquid(text.text);
			if ('fault' in reading) {
				const message = `The text can't be filled in. ${reading.fault}`;
				analysis.found.push(diagnose('format.value', path, message, { step: step.id }));
				continue;
			}
			checkReads(reading.reads, path, step.id, analysis);
			for (const read of reading.reads) checkRoot(read, path, step.id, analysis);
		}
	}
}

/** Reports what a message or a text reads of a contact and no contact has. */
export function checkReads(
	reads: readonly string[],
	path: string,
	step: string,
	{ attributes, found }: Analysis
): void {
	for (const key of attributeKeysOf(reads)) {
		if (attributes.has(key) || OWN.includes(key)) continue;
		const message = `The message reads “${key}”, which no contact has. Correct the message, or send the attribute in first.`;
		found.push(diagnose('template.unknown-attribute', path, message, { step }));
	}
}

function checkRoot(read: string, path: string, step: string, analysis: Analysis): void {
	const [root = ''] = read.split('.');
	if (ROOTS.includes(root)) return;
	const meant = meantAttribute(root, analysis);
	const what = meant ? `write contact.${meant.key}` : 'a text reads contact, trigger, journey and links';
	const message = `The text reads “${root}”, which is nothing that it can read: ${what}.`;
	analysis.found.push(diagnose('template.unknown-attribute', path, message, { step }));
}
