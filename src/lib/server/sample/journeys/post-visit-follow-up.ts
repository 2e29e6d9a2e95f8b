import type { JourneyDocument } from '$lib/journey/index.ts';

/** Asks every visitor how it went, calls back who was unhappy, and writes to the others only if they agreed to letters. */
export const postVisitFollowUp: JourneyDocument = {
	format: 'stepwell.journey/1',
	name: 'Post-visit follow-up',
	settings: { timezone: 'America/New_York', reentry: { when: 'afterExit', wait: 'P30D' } },
	steps: [
		{
			id: 'visit',
			kind: 'trigger.transactional',
			label: 'Visit completed',
			config: { event: 'visit.completed', where: { not: { trigger: 'class', op: '=', value: 'emergency' } } },
			position: { x: 300, y: 0 }
		},
		{ id: 'two-days', kind: 'wait.for', config: { duration: 'P2D' }, position: { x: 300, y: 150 } },
		{
			id: 'survey',
			kind: 'send.email',
			config: { template: 'visit-survey', purpose: 'operations' },
			position: { x: 300, y: 300 }
		},
		{
			id: 'answer',
			kind: 'wait.event',
			label: 'Wait for the survey',
			config: { event: 'survey.submitted', same: 'visitId', timeout: 'P5D' },
			position: { x: 300, y: 450 }
		},
		{
			id: 'reminder',
			kind: 'send.email',
			config: { template: 'visit-survey-reminder', purpose: 'operations' },
			position: { x: 600, y: 600 }
		},
		{
			id: 'late-answer',
			kind: 'wait.event',
			label: 'Wait for a late survey',
			config: { event: 'survey.submitted', same: 'visitId', timeout: 'P7D' },
			position: { x: 600, y: 750 }
		},
		{
			id: 'unhappy',
			kind: 'decide.if',
			label: 'Score below 7?',
			config: {
				where: {
					event: {
						name: 'survey.submitted',
						where: [{ property: 'score', op: '<', value: 7 }],
						within: 'P14D'
					}
				}
			},
			position: { x: 150, y: 900 }
		},
		{
			id: 'make-it-right',
			kind: 'send.email',
			config: { template: 'make-it-right', purpose: 'operations' },
			position: { x: 0, y: 1050 }
		},
		{
			id: 'letter',
			kind: 'send.email',
			config: { template: 'wellness-letter', purpose: 'marketing', topic: 'wellness' },
			position: { x: 300, y: 1050 }
		},
		{
			id: 'care-team-calls',
			kind: 'exit',
			label: 'Care team calls',
			config: { reason: 'Unhappy visit: the care team calls' },
			position: { x: 0, y: 1200 }
		},
		{
			id: 'feedback-received',
			kind: 'exit',
			label: 'Feedback received',
			config: { reason: 'Feedback received' },
			position: { x: 300, y: 1200 }
		},
		{
			id: 'no-answer',
			kind: 'exit',
			label: 'No answer',
			config: { reason: 'The survey was not answered' },
			position: { x: 600, y: 900 }
		}
	],
	edges: [
		{ from: 'visit', outcome: 'next', to: 'two-days' },
		{ from: 'two-days', outcome: 'next', to: 'survey' },
		{ from: 'survey', outcome: 'next', to: 'answer' },
		{ from: 'answer', outcome: 'happened', to: 'unhappy' },
		{ from: 'answer', outcome: 'timeout', to: 'reminder' },
		{ from: 'reminder', outcome: 'next', to: 'late-answer' },
		{ from: 'late-answer', outcome: 'happened', to: 'unhappy' },
		{ from: 'late-answer', outcome: 'timeout', to: 'no-answer' },
		{ from: 'unhappy', outcome: 'yes', to: 'make-it-right' },
		{ from: 'unhappy', outcome: 'no', to: 'letter' },
		{ from: 'make-it-right', outcome: 'next', to: 'care-team-calls' },
		{ from: 'letter', outcome: 'next', to: 'feedback-received' }
	]
};
