/** What a step does to what is known of a contact: what may be stale after it, and what is certain after it. */
import type { ConfigOf, Settings, Step } from '../../document.ts';
import { convertTo } from '../../convert.ts';
import { isTemplate } from '../../render.ts';
import type { AttributeType } from '../../world.ts';
import { parseDay, parseInstant } from '../../zone.ts';
import type { DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { factsOf, type Change, type Fact } from './facts.ts';
import { fact, formsOf, literal, type Form } from './forms.ts';
import { waysOf } from './graph.ts';

const NOTHING: Change = { takesTime: false, attributes: [], segment: null, sends: false };
const TIME: Change = { ...NOTHING, takesTime: true };

/** What a step may change; null for nothing. */
export function changeAt({ id, step, kind, disabled }: DraftStep, analysis: Analysis): Change | null {
	if (disabled) return null;
	// Of a step that can't be read only its kind is known, and of some not even that.
	if (!step) return kind?.startsWith('decide.') || kind?.startsWith('trigger.') ? null : TIME;
	switch (step.kind) {
		case 'wait.for':
		case 'wait.until':
		case 'wait.event':
		case 'wait.pace':
		case 'wait.approval':
		case 'webhook.call':
			return TIME;
		case 'send.email':
		case 'send.text':
			return mayStay(id, step.config, analysis) ? TIME : { ...NOTHING, sends: true };
		case 'contact.update':
			return { ...NOTHING, attributes: Object.keys(step.config.set) };
		case 'segment.add':
		case 'segment.remove':
			return { ...NOTHING, segment: step.config.segment };
		default:
			return null;
	}
}

/** A message may be held by quiet hours, and one whose hand-over has a way of its own is waited for. */
function mayStay(
	id: string,
	config: ConfigOf<'send.email'> | ConfigOf<'send.text'>,
	{ draft, graph }: Analysis
): boolean {
	const hours: Settings['quietHours'] = config.quietHours ?? draft.settings.quietHours;
	if (hours && hours.collision !== 'skip') return true;
	return waysOf(graph, id).some(({ outcome }) => outcome === 'failed' || outcome === 'blocked');
}

/**
 * What the entering event must have been. Of attributes and the like a trigger tells nothing: time may pass between an
 * event and the entry.
 */
export function factsOfEntry(entry: DraftStep, analysis: Analysis): Fact[] {
	const { step } = entry;
	if (!step) return [];
	const forms: Form[] = [];
	if ('key' in step.config && step.config.key !== undefined) {
		forms.push(literal(`trigger ${step.config.key}`, null, { op: 'exists' }, true));
	}
	if (step.kind !== 'decide.if' && 'where' in step.config && step.config.where) {
		forms.push(...formsOf(step.config.where, true, analysis));
	}
	return factsOf(forms, entry).filter(({ isLasting }) => isLasting);
}

/** What is so after a step because the step made it so. */
export function factsOfChange(changed: DraftStep, { types, segments }: Analysis): Fact[] {
	const { step, disabled } = changed;
	if (!step || disabled) return [];
	if (step.kind === 'contact.update') {
		const forms = Object.entries(step.config.set).map(([key, value]) => formOfValue(key, value, types));
		return factsOf(
			forms.filter((form) => form !== null),
			changed
		);
	}
	if (step.kind !== 'segment.add' && step.kind !== 'segment.remove') return [];
	const { segment } = step.config;
	if (!segments.isKept(segment)) return [];
	return factsOf([fact(`segment ${segment}`, step.kind === 'segment.add')], changed);
}

/** What an attribute is after it was set; null where that is not certain before a contact comes. */
export function formOfValue(
	key: string,
	value: Extract<Step, { kind: 'contact.update' }>['config']['set'][string],
	types: ReadonlyMap<string, AttributeType>
): Form | null {
	const type = types.get(key) ?? null;
	if (value === null) return literal(`attribute ${key}`, type, { op: 'missing' }, true);
	if ((typeof value === 'string' && isTemplate(value)) || type === null || type === 'list') return null;
	const isText = typeof value === 'string';
	// A day and an instant become each other by the zone of the contact.
	if (type === 'date' && !(isText && parseDay(value.trim()) !== null)) return null;
	if (type === 'datetime' && !(isText && parseInstant(value.trim()) !== null)) return null;
	const converted = convertTo(type, value, 'UTC');
	return converted === undefined
		? null
		: literal(`attribute ${key}`, type, { op: '=', value: converted }, true);
}
