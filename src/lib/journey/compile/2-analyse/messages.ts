/** The messages of a journey: their templates, what these read, and why they are sent. */
import { classify } from '../../gate.ts';
import { isSend, type SendStep } from '../../document.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { TemplateSummary } from '../workspace.ts';
import type { Analysis } from './analysis.ts';
import { attributeKeysOf, readLiquid } from './liquid-texts.ts';
import { sellingWordsIn } from './selling-words.ts';
import { similarTo } from './similar.ts';
import { checkReads } from './texts.ts';

interface Sending {
	step: SendStep;
	/** `/steps/N/config`. */
	path: string;
	analysis: Analysis;
}

export function checkMessages(analysis: Analysis): void {
	for (const { step, index } of analysis.graph.steps) {
		if (!step || !isSend(step)) continue;
		const sending = { step, path: at('/steps', index, 'config'), analysis };
		const template = analysis.templates.get(step.config.template);
		if (template) checkTemplate(template, sending);
		else reportMissing(sending);
		checkOwnSubject(sending);
	}
}

function reportMissing({ step, path, analysis }: Sending): void {
	const { template } = step.config;
	const place = at(path, 'template');
	const meant = similarTo(template, analysis.workspace.templates, ({ slug, name }) => [slug, name]);
	const fix = meant && {
		label: `Use “${meant.name}”`,
		patch: [{ op: 'set' as const, path: place, value: meant.slug }]
	};
	const message = `There is no message “${template}”. Choose one that exists, or write it first.`;
	analysis.found.push(diagnose('template.missing', place, message, { step: step.id, fix }));
}

function checkTemplate(template: TemplateSummary, sending: Sending): void {
	const { step, path, analysis } = sending;
	const place = at(path, 'template');
	const channel = step.kind === 'send.text' ? 'text' : 'email';
	if (template.channel !== channel) {
		const words = channel === 'text' ? ['text message', 'a text message'] : ['email', 'an email'];
		const message = `“${template.name}” is no ${words[0]}. Choose ${words[1]}.`;
		analysis.found.push(diagnose('send.no-channel', place, message, { step: step.id }));
		return;
	}
	checkReads([...template.reads, ...template.subjectReads], place, step.id, analysis);
	if (ownSubject(step) === undefined) checkSubject(template.subjectReads, place, sending);
	checkBaa(template, sending);
	checkWords(template, sending);
}

function ownSubject(step: SendStep): string | undefined {
	return step.kind === 'send.email' ? step.config.subject : undefined;
}

function checkSubject(reads: readonly string[], place: string, { step, analysis }: Sending): void {
	for (const key of attributeKeysOf(reads)) {
		const attribute = analysis.attributes.get(key);
		if (!attribute?.phi) continue;
		const message = `The subject shows “${attribute.label}”, which is health information, and a subject is never encrypted. Move it into the message.`;
		analysis.found.push(diagnose('template.phi-in-subject', place, message, { step: step.id }));
	}
}

/** What it reads of contacts is checked with all other texts of steps; here only what must not be seen. */
function checkOwnSubject(sending: Sending): void {
	const subject = ownSubject(sending.step);
	const reading = subject === undefined ? null : readLiquid(subject);
	if (reading && 'reads' in reading) checkSubject(reading.reads, at(sending.path, 'subject'), sending);
}

function checkBaa(template: TemplateSummary, { step, path, analysis }: Sending): void {
	if (analysis.workspace.baa !== false) return;
	const { attributes } = analysis;
	const key = attributeKeysOf([...template.reads, ...template.subjectReads]).find(
		(each) => attributes.get(each)?.phi
	);
	if (key === undefined) return;
	const transport = step.kind === 'send.text' ? 'text message service' : 'mail server';
	const message = `The message holds health information (“${attributes.get(key)?.label ?? key}”), and no business associate agreement covers the ${transport}. Use one that is covered, or take it out.`;
	analysis.found.push(diagnose('profile.no-baa', at(path, 'template'), message, { step: step.id }));
}

function checkWords(template: TemplateSummary, { step, path, analysis }: Sending): void {
	if (classify(step.config).marketing) return;
	const words = sellingWordsIn(`${ownSubject(step) ?? template.subject}\n${template.text}`);
	if (words === null) return;
	const place = at(path, 'purpose');
	const message = `“${template.name}” says “${words}”, which advertises, but it is sent as ${step.config.purpose}. Change the words, or send it as marketing to those who authorized it.`;
	analysis.found.push(
		diagnose('purpose.marketing-words', place, message, {
			step: step.id,
			fix: { label: 'Send it as marketing', patch: [{ op: 'set', path: place, value: 'marketing' }] }
		})
	);
}
