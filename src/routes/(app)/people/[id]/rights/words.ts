/** What a person's rights are called on the page. */
import type { AppRouter } from '$lib/server/api/router.ts';
import type { inferRouterOutputs } from '@trpc/server';

export type RightsTold = inferRouterOutputs<AppRouter>['contacts']['rights']['get'];
export type Kind = RightsTold['restrictions'][number]['kind'];
export type Purpose = RightsTold['purposes'][number];

export const kinds: Record<Kind, string> = {
	marketing: 'No marketing',
	email: 'No email',
	text: 'No text messages',
	disclosure: 'Nothing told to others',
	address: 'Only at another address'
};

export const purposes: Record<Purpose, string> = {
	individual: 'The person asked for it',
	'public-health': 'Public health',
	oversight: 'Health oversight',
	court: 'A court or an agency',
	'law-enforcement': 'Law enforcement',
	research: 'Research',
	law: 'Required by law',
	other: 'Something else'
};

export const erasures = [
	{ value: 'requested', label: 'The person asked for it' },
	{ value: 'not-needed', label: 'Nothing needs it any longer' },
	{ value: 'mistake', label: 'It should never have been here' },
	{ value: 'other', label: 'Something else' }
] as const;

export const kindOptions = (Object.keys(kinds) as Kind[]).map((value) => ({ value, label: kinds[value] }));
export const purposeOptions = (Object.keys(purposes) as Purpose[]).map((value) => ({
	value,
	label: purposes[value]
}));
