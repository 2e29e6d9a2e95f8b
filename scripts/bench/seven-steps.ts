/** The journey that both the runtime and the interpreter are measured with: seven steps a contact, three wakes. */
export const sevenSteps = {
	format: 'stepwell.journey/1',
	name: 'Seven steps',
	settings: { timezone: 'America/New_York' },
	steps: [
		{ id: 'visit', kind: 'trigger.transactional', config: { event: 'visit.completed' } },
		{ id: 'hello', kind: 'send.email', config: { template: 'hello', purpose: 'operations' } },
		{ id: 'two-days', kind: 'wait.for', config: { duration: 'P2D' } },
		{ id: 'adult', kind: 'decide.if', config: { where: { attribute: 'age', op: '>=', value: 40 } } },
		{ id: 'older', kind: 'send.email', config: { template: 'hello', purpose: 'operations' } },
		{ id: 'younger', kind: 'send.email', config: { template: 'hello', purpose: 'operations' } },
		{ id: 'day', kind: 'wait.for', config: { duration: 'P1D' } },
		{ id: 'end', kind: 'exit', config: {} }
	],
	edges: [
		{ from: 'visit', outcome: 'next', to: 'hello' },
		{ from: 'hello', outcome: 'next', to: 'two-days' },
		{ from: 'two-days', outcome: 'next', to: 'adult' },
		{ from: 'adult', outcome: 'yes', to: 'older' },
		{ from: 'adult', outcome: 'no', to: 'younger' },
		{ from: 'older', outcome: 'next', to: 'day' },
		{ from: 'younger', outcome: 'next', to: 'day' },
		{ from: 'day', outcome: 'next', to: 'end' }
	]
};
