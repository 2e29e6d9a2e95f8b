/**
 * What the journey language knows and this version's runtime does not run yet. Refused when it is published, at its place:
 * a journey is run as it is drawn, or not at all.
 */
import {
	RUNNABLE_KINDS,
	kindName,
	timeFormOf,
	type Diagnostic,
	type JourneyDocument,
	type Step
} from '$lib/journey/index.ts';
import type { CallFault } from '../webhooks/fault.ts';
import { urlFault } from '../webhooks/place.ts';

/** A problem like the compiler's, with a code of its own: the journey is sound, only too new. */
export type EngineProblem = Omit<Diagnostic, 'code'> & { code: 'engine.not-yet'; severity: 'error' };

/** What of this installation decides how far a journey can be run. */
export interface EngineSettings {
	/** Whether text messages have somewhere to go. */
	carriesTexts: boolean;
	/** Hosts inside that may be called; undefined where nothing is called. */
	webhookHosts?: readonly string[];
	/** Nothing is handed over, so it does not matter how a mail looks and travels. */
	isRehearsal?: boolean;
}

/** Everything in a sound document that this version can't run for real people, in the order of the document. */
export function findEngineLimits(
	document: JourneyDocument,
	settings: EngineSettings = { carriesTexts: true }
): EngineProblem[] {
	return document.steps.flatMap((step, index) => [
		...limitsOfStep(step, `/steps/${index}`, settings),
		...(settings.carriesTexts ? [] : limitsOfTexts(step, `/steps/${index}`)),
		...limitsOfCall(step, `/steps/${index}/config/url`, settings)
	]);
}

// Only what the address itself shows: where its name leads is looked at for each call.
function limitsOfCall(step: Step, path: string, { webhookHosts: hosts }: EngineSettings): EngineProblem[] {
	if (step.kind !== 'webhook.call' || !hosts) return [];
	const fault = urlFault(step.config.url, { hosts });
	if (!fault || fault === 'url-insecure') return []; // The compiler says so in its own words.
	const message =
		addressWords[fault] ?? 'This address can’t be called. Write one such as https://lab.example/hook.';
	return [{ code: 'engine.not-yet', severity: 'error', path, step: step.id, message }];
}

const addressWords: Partial<Record<CallFault, string>> = {
	'port-refused':
		'Journeys call the ports 443 and 8443 alone. Take the port out of the address, or ask your operator to allow this one.',
	'host-refused':
		'This address is inside a network, where journeys may not call. Use a public one, or ask your operator to allow it.'
};

function limitsOfTexts(step: Step, path: string): EngineProblem[] {
	if (step.kind !== 'send.text') return [];
	return [
		{
			code: 'engine.not-yet',
			severity: 'error',
			path,
			step: step.id,
			message:
				'This version can catch text messages in test mode, but has no service to send them to real phones yet. Remove the step to publish, or remove the mail server to try it out.'
		}
	];
}

function notYet(path: string, what: string, todo: string, step?: Step): EngineProblem {
	return {
		code: 'engine.not-yet',
		severity: 'error',
		path,
		...(step ? { step: step.id } : {}),
		message: `This version can rehearse ${what}, but can’t run it for real people yet. ${todo} to publish.`
	};
}

function limitsOfStep(step: Step, path: string, { isRehearsal }: EngineSettings): EngineProblem[] {
	if (!RUNNABLE_KINDS.has(step.kind))
		return [notYet(path, `“${step.label || kindName(step.kind)}”`, 'Remove the step', step)];
	const config = `${path}/config`;
	return isRehearsal ? [] : [...limitsOfTime(step, config), ...limitsOfMail(step, config)];
}

function limitsOfTime(step: Step, config: string): EngineProblem[] {
	if (step.kind !== 'trigger.time') return [];
	switch (timeFormOf(step.config)) {
		case 'once':
		case 'every':
		case 'inactive':
			return [];
		case 'date':
			return 'date' in step.config && step.config.date.startsWith('trigger.')
				? [notYet(`${config}/date`, 'a date of an event', 'Choose a date of the contact', step)]
				: [];
	}
}

function limitsOfMail(step: Step, config: string): EngineProblem[] {
	const problems: EngineProblem[] = [];
	if (step.kind !== 'send.email') return problems;
	const { security, attachments, subject, from } = step.config;
	if (security === 'portal')
		problems.push(notYet(`${config}/security`, 'a portal message', 'Choose another delivery', step));
	if (attachments?.length) problems.push(notYet(`${config}/attachments`, 'attachments', 'Remove them', step));
	if (subject !== undefined)
		problems.push(
			notYet(`${config}/subject`, 'a subject of the step’s own', 'Write it in the message', step)
		);
	if (from !== undefined)
		problems.push(notYet(`${config}/from`, 'a sender of the step’s own', 'Remove it', step));
	return problems;
}
