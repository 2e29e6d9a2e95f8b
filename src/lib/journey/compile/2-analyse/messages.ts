/** The messages of a journey: their templates, what these read, and why they are sent. */
import { classify } from '../../gate.ts';
import type { StepOf } from '../../document.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { AttributeSummary, TemplateSummary } from '../workspace.ts';
import type { Analysis } from './analysis.ts';

type Send = StepOf<'send.email'>;

interface Sending {
	step: Send;
	/** `/steps/N/config`. */
	path: string;
	attributes: Map<string, AttributeSummary>;
	analysis: Analysis;
}

/** What a contact has beside its attributes. */
const OWN = ['name', 'email', 'phone', 'timezone'];

/** Phrases that sell. One of them in a message that calls itself care is a mistake, or worse (45 CFR 164.501). */
const SELLING =
	/\d+\s?% (?:off|discount)|\b(?:special|exclusive|limited[- ]time|introductory) (?:offer|deal|price|rate)s?\b|\b(?:buy|order|shop|book|act) now\b|\bsave (?:up to )?[$€£]?\d+|\b(?:promo|coupon|discount|voucher) codes?\b|\bcoupons?\b|\bfree trial\b|\bwhile (?:supplies|stocks) last\b|\bbuy one,? get one\b|\b(?:black friday|cyber monday)\b|\bclearance sale\b|\bsale ends\b|\blowest prices?\b|\bmoney[- ]back guarantee\b|\brefer a friend\b|\bupgrade (?:today|now)\b/iu;

export function checkMessages(analysis: Analysis): void {
	const attributes = new Map(analysis.workspace.attributes.map((attribute) => [attribute.key, attribute]));
	const templates = new Map(analysis.workspace.templates.map((template) => [template.slug, template]));
	for (const { step, index } of analysis.graph.steps) {
		if (step?.kind !== 'send.email') continue;
		const sending = { step, path: at('/steps', index, 'config'), attributes, analysis };
		const template = templates.get(step.config.template);
		if (template) checkTemplate(template, sending);
		else reportMissing(sending);
		checkOwnSubject(sending);
	}
}

function reportMissing({ step, path, analysis }: Sending): void {
	const message = `There is no message “${step.config.template}”. Choose one that exists, or write it first.`;
	analysis.found.push(diagnose('template.missing', at(path, 'template'), message, { step: step.id }));
}

function checkTemplate(template: TemplateSummary, sending: Sending): void {
	const { step, path, analysis } = sending;
	const place = at(path, 'template');
	if (template.channel !== 'email') {
		const message = `“${analysis.workspace.templates.find(({ slug }) => slug === step.config.template)?.name ?? step.config.template}” is no email. Choose an email.`;
		analysis.found.push(diagnose('send.no-channel', place, message, { step: step.id }));
		return;
	}
	checkReads([...template.reads, ...template.subjectReads], place, sending);
	if (step.config.subject === undefined) checkSubject(template.subjectReads, place, sending);
	checkBaa(template, sending);
	checkWords(template, sending);
}

/** `contact.firstName` is `firstName`; what is not of the contact is null. */
function keyOf(read: string): string | null {
	const [root, key] = read.split('.');
	return root === 'contact' && key ? key.replace(/\[.*$/, '') : null;
}

function keysOf(reads: string[]): string[] {
	return [...new Set(reads.map(keyOf).filter((key) => key !== null))];
}

function checkReads(reads: string[], place: string, { step, attributes, analysis }: Sending): void {
	for (const key of keysOf(reads)) {
		if (attributes.has(key) || OWN.includes(key)) continue;
		const message = `The message reads “${key}”, which no contact has. Correct the message, or send the attribute in first.`;
		analysis.found.push(diagnose('template.unknown-attribute', place, message, { step: step.id }));
	}
}

function checkSubject(reads: string[], place: string, { step, attributes, analysis }: Sending): void {
	for (const key of keysOf(reads)) {
		const attribute = attributes.get(key);
		if (!attribute?.phi) continue;
		const message = `The subject shows “${attribute.label}”, which is health information, and a subject is never encrypted. Move it into the message.`;
		analysis.found.push(diagnose('template.phi-in-subject', place, message, { step: step.id }));
	}
}

function checkOwnSubject(sending: Sending): void {
	const { subject } = sending.step.config;
	if (subject === undefined) return;
	const reads = [...subject.matchAll(/\{[{%][^}]*?\bcontact\.([A-Za-z][A-Za-z0-9_]*)/g)].map(
		(match) => `contact.${match[1]}`
	);
	const place = at(sending.path, 'subject');
	checkReads(reads, place, sending);
	checkSubject(reads, place, sending);
}

function checkBaa(template: TemplateSummary, { step, path, attributes, analysis }: Sending): void {
	if (analysis.workspace.baa !== false) return;
	const key = keysOf([...template.reads, ...template.subjectReads]).find((each) => attributes.get(each)?.phi);
	if (key === undefined) return;
	const message = `The message holds health information (“${attributes.get(key)?.label ?? key}”), and no business associate agreement covers the mail server. Use a server with one, or take it out.`;
	analysis.found.push(diagnose('profile.no-baa', at(path, 'template'), message, { step: step.id }));
}

function checkWords(template: TemplateSummary, { step, path, analysis }: Sending): void {
	if (classify(step.config).marketing) return;
	const words = SELLING.exec(`${step.config.subject ?? template.subject}\n${template.text}`)?.[0];
	if (!words) return;
	const place = at(path, 'purpose');
	const message = `“${template.name}” says “${words.trim()}”, which advertises, but it is sent as ${step.config.purpose}. Change the words, or send it as marketing to those who authorized it.`;
	analysis.found.push(
		diagnose('purpose.marketing-words', place, message, {
			step: step.id,
			fix: { label: 'Send it as marketing', patch: [{ op: 'set', path: place, value: 'marketing' }] }
		})
	);
}
