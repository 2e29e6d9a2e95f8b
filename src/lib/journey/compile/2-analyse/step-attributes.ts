/** The attributes that steps start from, wait for and write. */
import { convertTo } from '../../convert.ts';
import type { StepOf } from '../../document.ts';
import { isTemplate } from '../../render.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';
import { TYPE_WORDS, reportUnknownAttribute } from './attributes.ts';

export function checkStepAttributes(analysis: Analysis): void {
	for (const { step, index } of analysis.graph.steps) {
		const path = at('/steps', index, 'config');
		if (step?.kind === 'trigger.time' && 'date' in step.config) {
			checkStartDate(step.config.date, at(path, 'date'), step.id, analysis);
		} else if (step?.kind === 'wait.until' && step.config.date !== undefined) {
			checkWaitDate(step.config.date, at(path, 'date'), step.id, analysis);
		} else if (step?.kind === 'contact.update') checkSet(step, at(path, 'set'), analysis);
		else if (step?.kind === 'webhook.call' && step.config.save !== undefined) {
			const { save } = step.config;
			if (!analysis.attributes.has(save)) reportUnknownAttribute(save, at(path, 'save'), step.id, analysis);
		}
	}
}

function checkStartDate(date: string, path: string, step: string, analysis: Analysis): void {
	if (!date.startsWith('trigger.'))
		return checkDate(date, 'a journey starts from a date', path, step, analysis);
	const message =
		'A journey that starts from a date has no event yet that the date could come from. Choose a date of the contact.';
	analysis.found.push(diagnose('attribute.type', path, message, { step }));
}

function checkWaitDate(date: string, path: string, step: string, analysis: Analysis): void {
	// What an event brings has no declared type; one that is no date is `past`.
	if (!date.startsWith('trigger.')) checkDate(date, 'this step waits for a date', path, step, analysis);
}

function checkDate(key: string, what: string, path: string, step: string, analysis: Analysis): void {
	const attribute = analysis.attributes.get(key);
	if (!attribute) return reportUnknownAttribute(key, path, step, analysis);
	if (attribute.type === 'date' || attribute.type === 'datetime') return;
	const message = `“${attribute.label}” is ${TYPE_WORDS[attribute.type]}, and ${what}. Choose a date.`;
	analysis.found.push(diagnose('attribute.type', path, message, { step }));
}

function checkSet({ id, config }: StepOf<'contact.update'>, path: string, analysis: Analysis): void {
	for (const [key, value] of Object.entries(config.set)) {
		const place = at(path, key);
		const attribute = analysis.attributes.get(key);
		if (!attribute) {
			reportUnknownAttribute(key, place, id, analysis, (meant) => ({
				label: `Set “${meant.label}”`,
				patch: [
					{ op: 'set', path: at(path, meant.key), value },
					{ op: 'remove', path: place }
				]
			}));
		} else if (!isConvertible(value, attribute.type)) {
			const message = `“${attribute.label}” is ${TYPE_WORDS[attribute.type]}, and this value can't be made into that. Set it to ${TYPE_WORDS[attribute.type]}.`;
			analysis.found.push(diagnose('attribute.type', place, message, { step: id }));
		}
	}
}

/** What a template makes is known only when a contact comes. */
function isConvertible(value: unknown, type: Parameters<typeof convertTo>[0]): boolean {
	if (value === null || (typeof value === 'string' && isTemplate(value))) return true;
	return convertTo(type, value, 'UTC') !== undefined;
}
