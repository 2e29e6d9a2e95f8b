/** Waits that never end as they were meant to, and waits of over a year. */
import type { ConfigOf } from '../../document.ts';
import { formatDuration, roughLength } from '../../duration.ts';
import { DAY } from '../../zone.ts';
import { at, diagnose, type Fix } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { contradicts } from './contradiction.ts';
import { literal } from './forms.ts';
import { reachedFrom } from './reach.ts';

const LONGEST = 366 * DAY;

export function checkWaits(analysis: Analysis): void {
	const bringsPayload = payloadReach(analysis);
	for (const { step, index } of analysis.graph.steps) {
		if (!step?.kind.startsWith('wait.')) continue;
		const path = at('/steps', index, 'config');
		switch (step.kind) {
			case 'wait.for':
				checkLength(step.config.duration, at(path, 'duration'), step.id, analysis);
				break;
			case 'wait.approval':
				checkLength(step.config.timeout, at(path, 'timeout'), step.id, analysis);
				break;
			case 'wait.event':
				checkLength(step.config.timeout, at(path, 'timeout'), step.id, analysis);
				checkMatch(step.config, path, step.id, analysis);
				if (step.config.same !== undefined && bringsPayload(step.id, step.config.same) === false) {
					reportNoPayload('same', `the same “${step.config.same}”`, path, step.id, analysis);
				}
				break;
			case 'wait.until': {
				const { date } = step.config;
				if (!date?.startsWith('trigger.')) break;
				const property = date.slice('trigger.'.length);
				if (bringsPayload(step.id, property) !== false) break;
				reportNoPayload('date', `the date “${property}”`, path, step.id, analysis);
			}
		}
	}
}

/** People, addresses and consents change in a year. */
function checkLength(iso: string, path: string, step: string, { found }: Analysis): void {
	if (roughLength(iso) <= LONGEST) return;
	const message = `Contacts may wait here for ${formatDuration(iso)}. That is over a year: start a new journey from a date instead.`;
	found.push(diagnose('wait.too-long', path, message, { step }));
}

function checkMatch(
	{ match = [] }: ConfigOf<'wait.event'>,
	path: string,
	step: string,
	{ found }: Analysis
): void {
	if (!contradicts(match.map((test) => literal(`property ${test.property}`, null, test, true)))) return;
	const message =
		'No event can be what this step waits for, for what it asks contradicts itself. So everyone waits until the time is up. Change one of the tests.';
	found.push(diagnose('wait.never', at(path, 'match'), message, { step }));
}

function reportNoPayload(
	key: 'same' | 'date',
	what: string,
	path: string,
	step: string,
	{ found }: Analysis
): void {
	const place = at(path, key);
	const fix: Fix | undefined =
		key === 'same' ? { label: 'Take any such event', patch: [{ op: 'remove', path: place }] } : undefined;
	const message = `This step waits for ${what} as in the event that let the contact in, and nobody comes here by an event. Start with an event, or change what it waits for.`;
	found.push(diagnose('wait.never', place, message, { step, fix }));
}

/**
 * Whether a trigger that is on and leads to a step lets contacts in with a property, which they keep; null for a step that
 * none leads to. Any event may have it, and a contact may bring one along from the journey that it comes from; an entry by
 * a date brings that date alone, other times and segments bring nothing.
 */
function payloadReach({ graph }: Analysis): (id: string, property: string) => boolean | null {
	const isOn = (step: DraftStep) => step.isTrigger && !step.disabled;
	const reachOf = (brings: (step: DraftStep) => boolean) =>
		reachedFrom(
			graph,
			graph.steps.filter((step) => isOn(step) && brings(step))
		);
	const all = reachOf(() => true);
	const withEvent = reachOf(({ kind }) => kind !== 'trigger.time' && kind !== 'trigger.segment');
	const withDate = reachOf(({ step }) => step?.kind === 'trigger.time' && 'date' in step.config);
	return (id, property) => {
		if (!all.has(id)) return null;
		return withEvent.has(id) || (property === 'date' && withDate.has(id));
	};
}
