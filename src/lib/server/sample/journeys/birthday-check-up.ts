import type { JourneyDocument } from '$lib/journey/index.ts';

/**
 * Invites adults to their yearly check-up two weeks before their birthday, or when they ask for one. The audience leaves
 * out children and, above all, people who have died: a birthday letter to a grieving family is the mistake to fear here.
 */
export const birthdayCheckUp: JourneyDocument = {
	format: 'stepwell.journey/1',
	name: 'Birthday check-up',
	settings: {
		timezone: 'America/New_York',
		reentry: { when: 'afterExit' },
		goal: {
			event: { name: 'appointment.booked', where: [{ property: 'reason', op: '=', value: 'check-up' }] },
			within: 'P45D'
		}
	},
	steps: [
		{
			id: 'birthday',
			kind: 'trigger.time',
			label: 'Two weeks before the birthday',
			config: {
				date: 'birthday',
				offset: '-P14D',
				at: '09:00',
				repeat: 'yearly',
				audience: {
					all: [
						{ not: { attribute: 'birthday', op: 'withinLast', value: 'P18Y' } },
						{ attribute: 'deceased', op: '!=', value: true }
					]
				}
			},
			position: { x: 150, y: 0 }
		},
		{
			id: 'asked',
			kind: 'trigger.behavior',
			label: 'Asked for a check-up',
			config: { event: 'form.submitted', where: { trigger: 'form', op: '=', value: 'check-up-request' } },
			position: { x: 450, y: 0 }
		},
		{
			id: 'recent',
			kind: 'decide.if',
			label: 'Check-up in the last 11 months?',
			config: {
				where: {
					event: {
						name: 'visit.completed',
						where: [{ property: 'class', op: '=', value: 'wellness' }],
						within: 'P11M'
					}
				}
			},
			position: { x: 300, y: 150 }
		},
		{
			id: 'up-to-date',
			kind: 'exit',
			label: 'Up to date',
			config: { reason: 'Had a check-up in the last 11 months' },
			position: { x: 0, y: 300 }
		},
		{
			id: 'under-fifty',
			kind: 'decide.if',
			label: 'Younger than 50?',
			config: { where: { attribute: 'birthday', op: 'withinLast', value: 'P50Y' } },
			position: { x: 450, y: 300 }
		},
		{
			id: 'check-up',
			kind: 'send.email',
			config: { template: 'check-up-due', purpose: 'treatment' },
			position: { x: 300, y: 450 }
		},
		{
			id: 'screenings',
			kind: 'send.email',
			config: { template: 'screenings-due', purpose: 'treatment' },
			position: { x: 600, y: 450 }
		},
		{ id: 'week', kind: 'wait.for', config: { duration: 'P7D' }, position: { x: 450, y: 600 } },
		{
			id: 'reminder',
			kind: 'send.email',
			config: { template: 'check-up-reminder', purpose: 'treatment' },
			position: { x: 450, y: 750 }
		},
		{ id: 'two-weeks', kind: 'wait.for', config: { duration: 'P14D' }, position: { x: 450, y: 900 } },
		{
			id: 'not-booked',
			kind: 'exit',
			label: 'Not booked yet',
			config: { reason: 'No appointment after the reminder' },
			position: { x: 450, y: 1050 }
		}
	],
	edges: [
		{ from: 'birthday', outcome: 'next', to: 'recent' },
		{ from: 'asked', outcome: 'next', to: 'recent' },
		{ from: 'recent', outcome: 'yes', to: 'up-to-date' },
		{ from: 'recent', outcome: 'no', to: 'under-fifty' },
		{ from: 'under-fifty', outcome: 'yes', to: 'check-up' },
		{ from: 'under-fifty', outcome: 'no', to: 'screenings' },
		{ from: 'check-up', outcome: 'next', to: 'week' },
		{ from: 'screenings', outcome: 'next', to: 'week' },
		{ from: 'week', outcome: 'next', to: 'reminder' },
		{ from: 'reminder', outcome: 'next', to: 'two-weeks' },
		{ from: 'two-weeks', outcome: 'next', to: 'not-booked' }
	]
};
