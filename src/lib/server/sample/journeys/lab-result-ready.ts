import type { JourneyDocument } from '$lib/journey/index.ts';

/** Tells a patient that a result waits in the portal, and makes sure that nobody's result goes unseen. */
export const labResultReady: JourneyDocument = {
	format: 'stepwell.journey/1',
	name: 'Lab result ready',
	settings: { timezone: 'America/New_York', reentry: { when: 'always' } },
	steps: [
		{
			id: 'result',
			kind: 'trigger.api',
			label: 'Lab result ready',
			config: {
				name: 'lab-result-ready',
				payload: {
					type: 'object',
					required: ['resultId', 'panel'],
					properties: {
						resultId: { type: 'string', minLength: 1 },
						panel: { type: 'string', minLength: 1 },
						tests: { type: 'integer', minimum: 0 },
						orderedBy: { type: 'string' },
						followUp: { type: 'boolean' }
					}
				},
				key: 'resultId'
			},
			position: { x: 300, y: 0 }
		},
		{
			id: 'result-notice',
			kind: 'send.email',
			config: { template: 'lab-result-notice', purpose: 'treatment' },
			position: { x: 300, y: 150 }
		},
		{
			id: 'seen',
			kind: 'wait.event',
			label: 'Wait until the result is opened',
			config: {
				event: 'email.clicked',
				match: [
					{ property: 'step', op: '=', value: 'result-notice' },
					{ property: 'machine', op: 'missing' }
				],
				timeout: 'P2D'
			},
			position: { x: 300, y: 300 }
		},
		{
			id: 'no-email',
			kind: 'exit',
			label: 'No email: call instead',
			config: { reason: 'The notice could not be sent by email: call the patient' },
			position: { x: 750, y: 300 }
		},
		{
			id: 'result-reminder',
			kind: 'send.email',
			config: { template: 'lab-result-reminder', purpose: 'treatment' },
			position: { x: 600, y: 450 }
		},
		{
			id: 'seen-late',
			kind: 'wait.event',
			label: 'Wait once more',
			config: {
				event: 'email.clicked',
				match: [
					{ property: 'step', op: 'in', value: ['result-notice', 'result-reminder'] },
					{ property: 'machine', op: 'missing' }
				],
				timeout: 'P3D'
			},
			position: { x: 600, y: 600 }
		},
		{
			id: 'follow-up-needed',
			kind: 'decide.if',
			label: 'Follow-up needed?',
			config: { where: { trigger: 'followUp', op: '=', value: true } },
			position: { x: 150, y: 750 }
		},
		{
			id: 'book',
			kind: 'send.email',
			config: { template: 'lab-follow-up', purpose: 'treatment' },
			position: { x: 0, y: 900 }
		},
		{
			id: 'asked-to-book',
			kind: 'exit',
			label: 'Asked to book',
			config: { reason: 'Asked to book a follow-up visit' },
			position: { x: 0, y: 1050 }
		},
		{
			id: 'result-seen',
			kind: 'exit',
			label: 'Result seen',
			config: { reason: 'The patient opened the result' },
			position: { x: 300, y: 900 }
		},
		{
			id: 'not-opened',
			kind: 'exit',
			label: 'Not opened: call list',
			config: { reason: 'The result was not opened: call the patient' },
			position: { x: 600, y: 750 }
		}
	],
	edges: [
		{ from: 'result', outcome: 'next', to: 'result-notice' },
		{ from: 'result-notice', outcome: 'next', to: 'seen' },
		{ from: 'result-notice', outcome: 'blocked', to: 'no-email' },
		{ from: 'seen', outcome: 'happened', to: 'follow-up-needed' },
		{ from: 'seen', outcome: 'timeout', to: 'result-reminder' },
		{ from: 'result-reminder', outcome: 'next', to: 'seen-late' },
		{ from: 'seen-late', outcome: 'happened', to: 'follow-up-needed' },
		{ from: 'seen-late', outcome: 'timeout', to: 'not-opened' },
		{ from: 'follow-up-needed', outcome: 'yes', to: 'book' },
		{ from: 'follow-up-needed', outcome: 'no', to: 'result-seen' },
		{ from: 'book', outcome: 'next', to: 'asked-to-book' }
	]
};
