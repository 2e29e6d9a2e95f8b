import { classify, gate, type GateFacts } from './gate.ts';
import type { PlanStepOf } from './plan.ts';
import { quietUntil } from './quiet-hours.ts';
import { reachOf } from './world.ts';
import { arrivalsAt, endsBefore, type Decision, type Run } from './run.ts';

type SendStep = PlanStepOf<'send.email'> | PlanStepOf<'send.text'>;

/**
 * One message of one visit. Exit rule and goal come first, then the gate, then quiet hours, which hold the enrollment
 * at the step so that what follows counts from the real sending. A held step comes here again when they end.
 */
export function send(run: Run, step: SendStep): Decision {
	const end = endsBefore(run);
	if (end) return end;
	const quiet = quietOf(run, step);
	const sent = { ...step.config, channel: channelOf(step), hasPhi: step.holdsPhi === true };
	const reason = gate(sent, gateFacts(run, quiet?.collision === 'skip'), run.now);
	if (reason) {
		put(run, step, 'blocked', reason);
		return { kind: 'leave', outcome: 'blocked', reason };
	}
	if (quiet) return { kind: 'wait', for: 'time', until: quiet.until };
	put(run, step, 'queued', null);
	return step.staysForHandover ? { kind: 'wait', for: 'handover' } : { kind: 'leave', outcome: 'next' };
}

function quietOf(run: Run, step: SendStep): { until: number; collision: 'wait' | 'skip' } | null {
	const hours = step.config.quietHours ?? run.plan.settings.quietHours;
	const until = hours ? quietUntil(hours, run.now, run.zone) : null;
	return hours && until !== null ? { until, collision: hours.collision ?? 'wait' } : null;
}

function gateFacts({ plan, world, zone, marketingSentAt }: Run, dropsForQuiet: boolean): GateFacts {
	return {
		reach: reachOf(world.contact),
		suppressions: world.suppressions,
		consents: world.consents,
		marketingSentAt,
		caps: [plan.settings.frequencyCap, world.frequencyCap],
		zone,
		dropsForQuiet,
		baa: world.baa
	};
}

function channelOf(step: SendStep): 'email' | 'text' {
	return step.kind === 'send.text' ? 'text' : 'email';
}

function put(run: Run, step: SendStep, state: 'queued' | 'blocked', reason: string | null): void {
	const { template, purpose, topic } = step.config;
	const security = step.kind === 'send.email' ? step.config.security : undefined;
	const { marketing } = classify(step.config);
	if (marketing && state === 'queued') run.marketingSentAt = [...run.marketingSentAt, run.now];
	run.effects.push({
		kind: 'message',
		channel: channelOf(step),
		step: step.id,
		arrival: arrivalsAt(run.arrivals, step.id),
		template,
		purpose,
		marketing,
		topic: topic ?? null,
		state,
		reason,
		security: security ?? 'auto'
	});
}
