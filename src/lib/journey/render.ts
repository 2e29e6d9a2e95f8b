/** Liquid in settings of steps: values, questions, notes and bodies of webhooks (§3). */
import { textEngine } from './liquid.ts';
import type { World } from './world.ts';

export interface RenderFacts {
	contact: World['contact'];
	trigger: Record<string, unknown>;
	journeyName: string;
	zone: string;
}

const ONLY_OUTPUT = /^\s*\{\{-?((?:(?!\{\{|\}\})[\s\S])*?)-?\}\}\s*$/;

/** Whether text holds Liquid at all; most values do not, and need no engine. */
export function isTemplate(text: string): boolean {
	return text.includes('{{') || text.includes('{%');
}

function scopeOf({ contact, trigger, journeyName, zone }: RenderFacts): object {
	const { attributes, email, phone, timezone } = contact;
	return {
		contact: { email, phone, timezone, ...attributes },
		trigger,
		journey: { name: journeyName },
		// Links belong to a message, which has somebody to unsubscribe from it.
		links: {},
		zone
	};
}

/** A template as text. Null where Liquid fails while it runs; what can't be parsed is refused at publish. */
export function render(template: string, facts: RenderFacts): string | null {
	if (!isTemplate(template)) return template;
	try {
		return String(textEngine.parseAndRenderSync(template, scopeOf(facts), { globals: { zone: facts.zone } }));
	} catch {
		// A limit of the engine, or a filter given what it can't take: nothing of the contact goes into an error.
		return null;
	}
}

/** The same, but a template that is one single output gives the value itself, so that a list or a number stays one. */
export function renderValue(template: string, facts: RenderFacts): unknown {
	const expression = ONLY_OUTPUT.exec(template)?.[1];
	if (expression === undefined) return render(template, facts);
	try {
		const value: unknown = textEngine.evalValueSync(expression, scopeOf(facts));
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? null : (value ?? '');
	} catch {
		return null; // As above.
	}
}
