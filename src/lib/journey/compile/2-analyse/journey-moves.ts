/** Whether what a step does may make a contact enter or leave a segment. */
import { formOfValue } from './changes.ts';
import { contradicts } from './contradiction.ts';
import { isSegmentTouched, type Change } from './facts.ts';
import { fact, formsOf, literalsIn, type Form, type Literal, type Vocabulary } from './forms.ts';
import type { Effect } from './journey-summary.ts';
import type { Segments } from './segments.ts';

/** What a step does that may move a contact into segments, or out of them. */
export type Move = Exclude<Effect, { kind: 'enter' }>;

/** Whether a segment asks for what an effect changes; a quick look before a close one. */
export function isAskedFor(effect: Move, slug: string, segments: Segments): boolean {
	const asked = segments.asks(slug);
	switch (effect.kind) {
		case 'set':
			return asked.attributes.has(effect.key);
		case 'keep':
			return asked.segments.has(effect.segment);
		case 'send':
			return asked.messages.some(({ step }) => step === undefined || step === effect.step);
	}
}

/** A name that is the same for effects that are the same to a segment. */
export function nameOfMove(effect: Move, slug: string, segments: Segments): string {
	switch (effect.kind) {
		case 'set':
			return `set ${effect.key} ${JSON.stringify(effect.values)}`;
		case 'keep':
			return `keep ${effect.segment} ${effect.isAdded}`;
		case 'send': {
			const isNamed = segments.asks(slug).messages.some(({ step }) => step === effect.step);
			return isNamed ? `send ${effect.step}` : 'send';
		}
	}
}

/**
 * A contact enters where the condition did not hold before and holds after, with all that the effect does not change the
 * same: so a change that can bring that about for nobody moves nobody.
 */
export function mayMove(
	effect: Move,
	slug: string,
	on: 'enter' | 'leave',
	words: Required<Vocabulary>
): boolean {
	const segment = words.segments.find(slug);
	if (!segment) return false;
	if (segment.where === null) {
		return effect.kind === 'keep' && effect.segment === slug && effect.isAdded === (on === 'enter');
	}
	const before = formsOf(segment.where, on === 'leave', words);
	const changed = changedBy(effect, words);
	const after = formsOf(segment.where, on === 'enter', words);
	if (![...literalsIn(after)].some(({ subject }) => changed(subject))) return false;
	return !contradicts([...before, ...later([...after, ...broughtAbout(effect, after, words)], changed)]);
}

/** What an effect gives another value, by subject. */
function changedBy(effect: Move, { segments }: Required<Vocabulary>): (subject: string) => boolean {
	const attributes = effect.kind !== 'set' ? [] : effect.values ? Object.keys(effect.values) : [effect.key];
	const change: Change = {
		takesTime: false,
		attributes,
		segment: effect.kind === 'keep' ? effect.segment : null,
		sends: effect.kind === 'send'
	};
	return (subject) => {
		const space = subject.indexOf(' ');
		const [kind, name] = [subject.slice(0, space), subject.slice(space + 1)];
		if (kind === 'attribute') return attributes.includes(name);
		if (kind === 'message') return effect.kind === 'send' && isSent(name, effect.step);
		return kind === 'segment' && isSegmentTouched(name, change, segments);
	};
}

/** What people then do with a message, such as opening it, is no doing of the journey. */
function isSent(name: string, sender: string): boolean {
	const [step, was] = JSON.parse(name) as [string | null, string];
	return (was === 'sent' || was === 'delivered') && (step === null || step === sender);
}

/** What is certain after an effect. */
function broughtAbout(effect: Move, forms: readonly Form[], { types }: Required<Vocabulary>): Form[] {
	switch (effect.kind) {
		case 'set': {
			const set = Object.entries(effect.values ?? {}).map(([key, value]) => formOfValue(key, value, types));
			return set.filter((form) => form !== null);
		}
		case 'keep':
			return [fact(`segment ${effect.segment}`, effect.isAdded)];
		case 'send': {
			const messages = [...literalsIn(forms)].filter(({ subject }) => subject.startsWith('message '));
			return messages
				.filter(({ subject }) => isSent(subject.slice('message '.length), effect.step))
				.map(({ subject }) => fact(subject, true));
		}
	}
}

/** Forms as of afterwards: what was changed is another value than before. */
function later(forms: readonly Form[], changed: (subject: string) => boolean): Form[] {
	return forms.map((form): Literal | Form => {
		if (form.kind === 'choice')
			return { ...form, options: form.options.map((option) => later(option, changed)) };
		return changed(form.subject) ? { ...form, subject: `after ${form.subject}` } : form;
	});
}
