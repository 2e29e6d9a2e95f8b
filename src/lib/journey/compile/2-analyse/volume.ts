/** How many messages one contact can get: more than a cap allows, and the bounds that a publish promises. */
import { isSend, type FrequencyCap } from '../../document.ts';
import { formatDuration } from '../../duration.ts';
import { classify } from '../../gate.ts';
import type { Plan } from '../../plan.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import { tellPath, type Analysis } from './analysis.ts';
import { busiest, groupsOf, mostIn, type Group } from './busiest.ts';
import { windowOf } from './windows.ts';

export type Volumes = NonNullable<Plan['volume']>;

/**
 * The most messages, of any purpose and channel, that one passage can bring within any day and within any thirty days,
 * each with a way that brings so many. An upper bound: a real passage never brings more.
 */
export function volumeOf(analysis: Analysis, groups = groupsOf(analysis)): Volumes {
	const within = (iso: string) => busiest(analysis, groups, isSending, windowOf(iso));
	return { day: within('P1D'), month: within('P30D') };
}

function isSending({ step, disabled }: DraftStep): boolean {
	return step !== null && isSend(step) && !disabled;
}

function isCapped(each: DraftStep): boolean {
	const { step } = each;
	if (step === null || !isSend(step) || !isSending(each)) return false;
	return classify(step.config).marketing && step.config.ignoreCap !== true;
}

export function checkVolume(analysis: Analysis, groups = groupsOf(analysis)): void {
	const caps = [analysis.draft.settings.frequencyCap, analysis.workspace.frequencyCap].filter(Boolean);
	if (!caps.length) return;
	const most = mostIn(groups, isCapped, analysis);
	for (const cap of caps) if (cap && cap.messages < most && checkCap(cap, groups, analysis)) return;
}

/** A blocked or failed message was not sent, but what follows may be: such ways count like any other. */
function checkCap(cap: FrequencyCap, groups: Group[], analysis: Analysis): boolean {
	const { graph, found } = analysis;
	const { messages, steps } = busiest(analysis, groups, isCapped, windowOf(cap.per), cap.messages);
	const over = graph.stepById.get(steps.at(-1) ?? '');
	if (messages <= cap.messages || !over) return false;
	const sent = steps.filter((id) => {
		const step = graph.stepById.get(id);
		return step !== undefined && isCapped(step);
	});
	const message = `A contact can come by more than ${cap.messages} marketing ${cap.messages === 1 ? 'message' : 'messages'} in ${formatDuration(cap.per)} here, and the cap allows no more: this one would be blocked (${tellPath(sent, analysis)}). Put waits between them, or raise the cap.`;
	found.push(diagnose('send.too-many', at('/steps', over.index), message, { step: over.id, steps }));
	return true;
}
