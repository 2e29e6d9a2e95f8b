/** Liquid in the settings of steps: where it stands, whether it can be read, and what it reads. */
import type { Step } from '../../document.ts';
import { LiquidProblem, readsOf } from '../../liquid.ts';
import { isTemplate } from '../../render.ts';
import { at } from '../diagnostic.ts';

interface LiquidText {
	text: string;
	/** Its place under the step's settings. */
	place: readonly string[];
}

/** The texts of a step that may hold Liquid. */
export function liquidTextsOf(step: Step): LiquidText[] {
	switch (step.kind) {
		case 'send.email':
			return textAt('subject', step.config.subject);
		case 'wait.approval':
			return textAt('ask', step.config.ask);
		case 'notify.team':
			return textAt('message', step.config.message);
		case 'webhook.call':
			return textAt('body', step.config.body);
		case 'contact.update':
			return Object.entries(step.config.set).flatMap(([key, value]) =>
				typeof value === 'string' ? textAt(key, value, ['set', key]) : []
			);
		default:
			return [];
	}
}

function textAt(key: string, text: string | undefined, place: readonly string[] = [key]): LiquidText[] {
	return text !== undefined && isTemplate(text) ? [{ text, place }] : [];
}

export function pathOfText(config: string, { place }: LiquidText): string {
	return at(config, ...place);
}

type Reading = { reads: string[] } | { fault: string };

const readings = new Map<string, Reading>();

/** What a text reads, such as `contact.firstName`, or why it is not Liquid. The same text is read once. */
export function readLiquid(text: string): Reading {
	let reading = readings.get(text);
	if (!reading) {
		reading = read(text);
		if (readings.size >= 4_000) readings.clear();
		readings.set(text, reading);
	}
	return reading;
}

function read(text: string): Reading {
	try {
		return { reads: readsOf(text) };
	} catch (error) {
		// Whatever its parser stumbles over is no Liquid that a text may use.
		return { fault: error instanceof LiquidProblem ? error.message : 'This does not read as Liquid.' };
	}
}

/** `contact.firstName` is `firstName`; what is not of the contact is null. */
export function attributeKeyOf(read: string): string | null {
	const [root, key] = read.split('.');
	return root === 'contact' && key ? key.replace(/\[.*$/, '') : null;
}

export function attributeKeysOf(reads: readonly string[]): string[] {
	return [...new Set(reads.map(attributeKeyOf).filter((key) => key !== null))];
}
