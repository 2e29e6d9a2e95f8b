/** The purposes of a message in words. */
export const purposeLabels = {
	treatment: 'Treatment',
	operations: 'Operations',
	marketing: 'Marketing'
} as const;
