import type { JourneyDocument } from '$lib/journey/index.ts';

/** Tells a member that an explanation of benefits is ready, once for each claim, and reminds who has not looked. */
export const eobReady: JourneyDocument = {
	format: 'stepwell.journey/1',
	name: 'Explanation of benefits ready',
	settings: { timezone: 'America/New_York', reentry: { when: 'always' } },
	steps: [
		{
			id: 'ready',
			kind: 'trigger.transactional',
			label: 'Explanation of benefits ready',
			config: { event: 'eob.ready', key: 'claimId' },
			position: { x: 150, y: 0 }
		},
		{
			id: 'eob-notice',
			kind: 'send.email',
			config: { template: 'eob-ready', purpose: 'operations' },
			position: { x: 150, y: 150 }
		},
		{
			id: 'opened',
			kind: 'wait.event',
			label: 'Wait until the email is opened',
			config: {
				event: 'email.opened',
				match: [
					{ property: 'step', op: '=', value: 'eob-notice' },
					{ property: 'machine', op: 'missing' }
				],
				timeout: 'P3D'
			},
			position: { x: 150, y: 300 }
		},
		{
			id: 'read',
			kind: 'exit',
			label: 'Opened',
			config: { reason: 'The notice was opened' },
			position: { x: 0, y: 450 }
		},
		{
			id: 'eob-reminder',
			kind: 'send.email',
			config: { template: 'eob-reminder', purpose: 'operations' },
			position: { x: 300, y: 450 }
		},
		{ id: 'three-days', kind: 'wait.for', config: { duration: 'P3D' }, position: { x: 300, y: 600 } },
		{
			id: 'opened-reminder',
			kind: 'decide.if',
			label: 'Opened the reminder?',
			config: { where: { message: { step: 'eob-reminder', was: 'opened' } } },
			position: { x: 300, y: 750 }
		},
		{
			id: 'read-late',
			kind: 'exit',
			label: 'Opened the reminder',
			config: { reason: 'The reminder was opened' },
			position: { x: 150, y: 900 }
		},
		{
			id: 'send-paper',
			kind: 'exit',
			label: 'Send it on paper',
			config: { reason: 'Neither email was opened: send the letter by post' },
			position: { x: 450, y: 900 }
		}
	],
	edges: [
		{ from: 'ready', outcome: 'next', to: 'eob-notice' },
		{ from: 'eob-notice', outcome: 'next', to: 'opened' },
		{ from: 'opened', outcome: 'happened', to: 'read' },
		{ from: 'opened', outcome: 'timeout', to: 'eob-reminder' },
		{ from: 'eob-reminder', outcome: 'next', to: 'three-days' },
		{ from: 'three-days', outcome: 'next', to: 'opened-reminder' },
		{ from: 'opened-reminder', outcome: 'yes', to: 'read-late' },
		{ from: 'opened-reminder', outcome: 'no', to: 'send-paper' }
	]
};
