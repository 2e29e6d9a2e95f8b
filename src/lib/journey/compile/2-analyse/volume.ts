/** How many messages one contact can get: more than a cap allows, and the bounds that a publish promises. */
import { isSend, type FrequencyCap } from '../../document.ts';
import { formatDuration } from '../../duration.ts';
import { classify } from '../../gate.ts';
import type { Plan } from '../../plan.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import { tellPath, type Analysis } from './analysis.ts';
import { busiest, groupsOf, legsOf, mostIn, type Group } from './busiest.ts';
import { windowOf } from './windows.ts';

export type Volumes = NonNullable<Plan['volume']>;

/**
 * The most messages, of any purpose and channel, that one passage can bring in any one day, and in any thirty days in a
 * row, each with a way that brings so many. An upper bound: a real passage never brings more. The days are those of the
 * calendar, from midnight to midnight in the contact's zone, as the days of waits are: a wait of P1D ends on a later
 * day, however long the one between is. Any 24 hours, or the time since now − P1D, would not do: both hold two
 * messages a P1D apart where the clock is changed. A message counts when it is made, for a pause may hold back several
 * and let them out at once; and a contact who moves to another zone is counted anew, for that may be a day behind.
 */
export function volumeOf(analysis: Analysis, groups = groupsOf(analysis)): Volumes {
	const [day, month] = [windowOf('P1D'), windowOf('P30D')];
	const legs = legsOf(groups, isSending, day, analysis);
	return { day: busiest(legs, day), month: busiest(legs, month) };
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
	const window = windowOf(cap.per);
	const { messages, steps } = busiest(legsOf(groups, isCapped, window, analysis), window, cap.messages);
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
