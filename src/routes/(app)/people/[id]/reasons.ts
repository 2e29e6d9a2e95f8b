/** Why somebody may want to see what is covered. */
export const reasons = [
	{ value: 'treatment', label: 'Treatment or care of this person' },
	{ value: 'support', label: 'They asked us for help' },
	{ value: 'correction', label: 'To correct what is wrong' },
	{ value: 'audit', label: 'A review or an audit' },
	{ value: 'other', label: 'Something else' }
] as const;

export type ReasonCode = (typeof reasons)[number]['value'];
