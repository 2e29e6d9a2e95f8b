/** What a further law protects beside HIPAA, in words. */
export const sensitiveKinds = {
	'substance-use': 'Substance use',
	'mental-health': 'Mental health',
	hiv: 'HIV',
	reproductive: 'Reproductive health',
	genetic: 'Genetic'
} as const;
