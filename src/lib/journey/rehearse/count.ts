/** The report's numbers of one rehearsed journey, by step (§8). */
import type { Passage, Rehearsed, SentMessage, Stage } from './stage.ts';

export interface StepReport {
	entered: number;
	outcomes: Record<string, number>;
	waiting: number;
	dropped: number;
	sent: number;
	delivered: number;
	bounced: number;
	complained: number;
	unsubscribed: number;
	/** By reason. */
	blocked: Record<string, number>;
	failed: number;
	opened: number;
	clicked: number;
	converted: number;
}

/** A step that nobody came to. */
export function emptyReport(): StepReport {
	return {
		entered: 0,
		outcomes: {},
		waiting: 0,
		dropped: 0,
		sent: 0,
		delivered: 0,
		bounced: 0,
		complained: 0,
		unsubscribed: 0,
		blocked: {},
		failed: 0,
		opened: 0,
		clicked: 0,
		converted: 0
	};
}

/** Every step of the journey, also those that nobody came to. */
export function reportOf(stage: Stage, journey: Rehearsed): Record<string, StepReport> {
	const report = Object.fromEntries(Object.keys(journey.plan.steps).map((step) => [step, emptyReport()]));
	for (const passage of stage.passages) if (passage.journey === journey) countPassage(report, passage);
	for (const message of stage.messages) {
		const step = report[message.step];
		if (message.passage.journey === journey && step) countMessage(step, message);
	}
	return report;
}

function countPassage(report: Record<string, StepReport>, passage: Passage): void {
	for (const { step, outcome } of passage.visits) {
		const counts = report[step];
		if (!counts) continue;
		counts.entered++;
		if (outcome !== null) counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1;
	}
	const { step } = passage.state;
	const counts = report[step];
	if (!counts) return;
	if (passage.status === 'waiting') counts.waiting++;
	if (isDropped(passage)) counts.dropped++;
}

/** An exit step drops nobody, it is drawn on purpose. */
function isDropped({ status, journey, state }: Passage): boolean {
	if (status === 'exited') return journey.plan.steps[state.step]?.kind !== 'exit';
	return status === 'stopped' || status === 'cancelled' || status === 'failed';
}

function countMessage(step: StepReport, message: SentMessage): void {
	const { state, reason, fact } = message;
	if (state === 'blocked') {
		step.blocked[reason ?? ''] = (step.blocked[reason ?? ''] ?? 0) + 1;
		return;
	}
	if (state === 'failed') {
		step.failed++;
		return;
	}
	step.sent++;
	step.delivered += Number(fact.deliveredAt !== null);
	step.bounced += Number(fact.bouncedAt !== null);
	step.complained += Number(message.isComplained);
	step.unsubscribed += Number(message.isUnsubscribed);
	step.opened += Number(fact.openedAt !== null);
	step.clicked += Number(fact.clickedAt !== null);
	step.converted += message.converted;
}
